using System.Text.Json;
using System.Text.Json.Nodes;

namespace MtaSts.Host.Api;

/// <summary>
/// Reads a request's JSON object so that all mistakes come back at once. The serializer would stop at the first wrong type, and a user
/// with four mistakes would need four tries.
/// </summary>
internal static class JsonBody
{
    public const string Json = "application/json";
    public const string MergePatch = "application/merge-patch+json";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };
    private static readonly JsonElement Empty = JsonElement.Parse("{}");

    /// <summary>The object, or why there is none: 400 when it is not JSON or repeats a member, 415 for another media type, 422 when it is no object.</summary>
    public static async Task<(JsonElement Object, ApiProblem? Problem)> ReadAsync(HttpRequest request, params string[] mediaTypes)
    {
        var mediaType = request.ContentType?.Split(';')[0].Trim();
        if (!mediaTypes.Contains(mediaType, StringComparer.OrdinalIgnoreCase))
        {
            return (default, new ApiProblem(StatusCodes.Status415UnsupportedMediaType, "body.media_type", $"Send the body with Content-Type: {string.Join(" or ", mediaTypes)}."));
        }

        JsonElement body;
        try
        {
            using var document = await JsonDocument.ParseAsync(request.Body, Strict, request.HttpContext.RequestAborted);
            body = document.RootElement.Clone();
            ReadAllText(body);
        }
        catch (JsonException exception)
        {
            return (default, NotJson($"The body is not JSON, or a member stands in it twice: {exception.Message}"));
        }
        catch (InvalidOperationException)
        {
            return (default, NotJson("A string in the body is not text: it holds half of a surrogate pair, or bytes that are not UTF-8."));
        }

        return body.ValueKind == JsonValueKind.Object
            ? (body, null)
            : (default, ApiProblem.InvalidInput("body.type", field: null, "The body must be a JSON object."));
    }

    /// <summary>The object; an empty one where the request has no body.</summary>
    public static async Task<(JsonElement Object, ApiProblem? Problem)> ReadIfAnyAsync(HttpRequest request) =>
        request.ContentLength is null or 0 && !request.Headers.ContainsKey("Transfer-Encoding") ? (Empty, null) : await ReadAsync(request, Json);

    /// <summary>
    /// RFC 7396 §2: what <paramref name="patch"/> makes of <paramref name="target"/>. A member that the patch takes away stays as null, which
    /// <see cref="JsonMembers"/> reads as absent: so it still finds those that nobody knows.
    /// </summary>
    public static JsonElement Merge(JsonObject target, JsonElement patch)
    {
        MergeInto(target, patch);
        return JsonSerializer.SerializeToElement<JsonNode>(target, ApiJsonNodes.Default.JsonNode);
    }

    private static ApiProblem NotJson(string detail) => new(StatusCodes.Status400BadRequest, "body.not_json", detail);

    // The parser takes an escaped lone surrogate and throws only when the string is read; better here than in the middle of an edit.
    private static void ReadAllText(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ReadAllText(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadAllText(member.Value);
                }

                break;
        }
    }

    private static void MergeInto(JsonObject target, JsonElement patch)
    {
        foreach (var member in patch.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Null)
            {
                target[member.Name] = null;
            }
            else if (member.Value.ValueKind == JsonValueKind.Object)
            {
                if (target[member.Name] is not JsonObject inner)
                {
                    inner = [];
                    target[member.Name] = inner;
                }

                MergeInto(inner, member.Value);
            }
            else
            {
                target[member.Name] = JsonNode.Parse(member.Value.GetRawText());
            }
        }
    }
}

[System.Text.Json.Serialization.JsonSerializable(typeof(JsonNode))]
internal sealed partial class ApiJsonNodes : System.Text.Json.Serialization.JsonSerializerContext;
