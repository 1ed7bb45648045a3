using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MtaSts.Acme;

/// <summary>One object of a CA's answer. A member of another type or over its bound is a <see cref="FormatException"/>.</summary>
internal readonly struct AcmeJson(JsonElement element, Uri url)
{
    private const int MaxDepth = 16;
    private const int MaxWordLength = 400;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static JsonDocument Parse(byte[] body) =>
        JsonDocument.Parse(Utf8.GetString(body), new JsonDocumentOptions { MaxDepth = MaxDepth });

    /// <summary>
    /// JsonElement says InvalidOperationException to half a surrogate pair and to a member of another type;
    /// decoding says ArgumentException.
    /// </summary>
    public static bool IsFaultOfTheText(Exception exception) =>
        exception is JsonException or FormatException or InvalidOperationException or ArgumentException;

    public static AcmeJson Object(JsonElement element, Uri url, string what) =>
        element.ValueKind == JsonValueKind.Object ? new AcmeJson(element, url) : throw new FormatException($"{what} is not an object");

    public string? Text(string name, int most = MaxWordLength)
    {
        if (!Has(name, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw new FormatException($"\"{name}\" is not a string");
        return text.Length <= most ? text : throw new FormatException($"\"{name}\" has over {most} characters");
    }

    public string RequiredText(string name) => Text(name) is { Length: > 0 } text ? text : throw new FormatException($"\"{name}\" is missing");

    /// <remarks>Empty stands for missing: some CAs write members that have no value yet.</remarks>
    public Uri? Url(string name) =>
        Text(name, AcmeLimits.MaxUrlLength) is not { Length: > 0 } text ? null
            : AcmeUrl.TryResolve(url, text) ?? throw new FormatException($"\"{name}\" is not an https URL");

    public Uri RequiredUrl(string name) => Url(name) ?? throw new FormatException($"\"{name}\" is missing");

    /// <summary>A URL for people; one that cannot be used is none.</summary>
    public Uri? UrlForPeople(string name) =>
        Has(name, out var value) && value.ValueKind == JsonValueKind.String && Uri.TryCreate(value.GetString(), UriKind.Absolute, out var result)
        && result.Scheme is "https" or "http" && result.OriginalString.Length <= AcmeLimits.MaxUrlLength ? result : null;

    public DateTimeOffset? Time(string name)
    {
        if (Text(name) is not { Length: > 0 } text)
        {
            return null;
        }

        // RFC 3339; the fraction may have more digits than a tick.
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw new FormatException($"\"{name}\" is not a time");
    }

    public bool Flag(string name) => Has(name, out var value) && value.ValueKind == JsonValueKind.True;

    public AcmeJson? Member(string name) => Has(name, out var value) ? Object(value, url, $"\"{name}\"") : null;

    public AcmeProblem? Problem(string name) => Has(name, out var value) ? ProblemReader.Read(value, withSubproblems: true) : null;

    public IReadOnlyList<T> List<T>(string name, Func<JsonElement, T> read)
    {
        if (!Has(name, out var value))
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array ? Items(value, name, read) : throw new FormatException($"\"{name}\" is not a list");
    }

    public static IReadOnlyList<T> Items<T>(JsonElement list, string name, Func<JsonElement, T> read) =>
        list.GetArrayLength() <= AcmeLimits.MaxListLength
            ? [.. list.EnumerateArray().Select(read)]
            : throw new FormatException($"\"{name}\" has over {AcmeLimits.MaxListLength} entries");

    public IReadOnlyList<Uri> Urls(string name)
    {
        var here = url;
        return List(name, item => UrlOf(item, here, name));
    }

    public static Uri UrlOf(JsonElement item, Uri url, string name) =>
        (item.ValueKind == JsonValueKind.String ? AcmeUrl.TryResolve(url, item.GetString()!) : null)
        ?? throw new FormatException($"\"{name}\" holds what is not an https URL");

    public IReadOnlyList<string> Words(string name) =>
        List(name, item => item.ValueKind == JsonValueKind.String ? PlainText.Cut(item.GetString()!, MaxWordLength) : throw new FormatException($"\"{name}\" holds what is not a string"));

    public IReadOnlyDictionary<string, string> Map(string name)
    {
        var map = new Dictionary<string, string>();
        if (Member(name) is { } member)
        {
            foreach (var property in member.Properties().Take(AcmeLimits.MaxListLength))
            {
                map[PlainText.Cut(property.Name, MaxWordLength)] =
                    property.Value.ValueKind == JsonValueKind.String ? PlainText.Cut(property.Value.GetString()!, MaxWordLength) : "";
            }
        }

        return map;
    }

    private JsonElement.ObjectEnumerator Properties() => element.EnumerateObject();

    private bool Has(string name, out JsonElement value) => element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
}
