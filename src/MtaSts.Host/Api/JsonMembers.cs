using System.Text.Json;

namespace MtaSts.Host.Api;

/// <summary>
/// The members of one JSON object, taken by name. Each taker notes a wrong type or a missing member in <c>errors</c> and returns null;
/// <see cref="RefuseOthers"/> notes what nobody asked for.
/// </summary>
internal sealed class JsonMembers(JsonElement element, List<FieldError> errors, string path = "")
{
    // A hostile body could have a hundred thousand; nobody reads so many, and the answer would be larger than the question.
    private const int MostErrors = 100;
    private const int LongestShownName = 100;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public bool Has(string name) => element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null;

    public string? String(string name, bool required = false, int maxLength = 1000)
    {
        if (!Take(name, required, JsonValueKind.String, "a string", out var value))
        {
            return null;
        }

        var text = value.GetString()!;
        if (text.Length <= maxLength && !text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        errors.Add(new FieldError("field.length", PathOf(name), $"{PathOf(name)} may have {maxLength} characters, and no zero byte."));
        return null;
    }

    /// <summary>Whole seconds and counts; a fraction or an exponent that is no whole number is a wrong type.</summary>
    public long? Integer(string name, bool required = false)
    {
        if (!Take(name, required, JsonValueKind.Number, "a whole number", out var value))
        {
            return null;
        }

        if (value.TryGetInt64(out var number))
        {
            return number;
        }

        errors.Add(WrongType(name, "a whole number"));
        return null;
    }

    public bool? Boolean(string name)
    {
        _known.Add(name);
        if (!Has(name))
        {
            return null;
        }

        var value = element.GetProperty(name);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            return value.GetBoolean();
        }

        errors.Add(WrongType(name, "true or false"));
        return null;
    }

    public IReadOnlyList<string>? Strings(string name, bool required = false)
    {
        if (!Take(name, required, JsonValueKind.Array, "an array of strings", out var value))
        {
            return null;
        }

        if (value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String))
        {
            return [.. value.EnumerateArray().Select(item => item.GetString()!)];
        }

        errors.Add(WrongType(name, "an array of strings"));
        return null;
    }

    /// <summary>TXT RRs, each a list of its strings.</summary>
    public IReadOnlyList<IReadOnlyList<string>>? StringLists(string name, bool required = false)
    {
        if (!Take(name, required, JsonValueKind.Array, "an array of arrays of strings", out var value))
        {
            return null;
        }

        if (value.EnumerateArray().All(list => list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)))
        {
            return [.. value.EnumerateArray().Select(list => list.EnumerateArray().Select(item => item.GetString()!).ToList())];
        }

        errors.Add(WrongType(name, "an array of arrays of strings"));
        return null;
    }

    public JsonMembers? Object(string name, bool required = false) =>
        Take(name, required, JsonValueKind.Object, "an object", out var value) ? new JsonMembers(value, errors, PathOf(name)) : null;

    /// <summary>Call it last: what was not taken by then is unknown. A typo must not look like a change that worked.</summary>
    public void RefuseOthers()
    {
        foreach (var name in element.EnumerateObject().Select(member => member.Name).Where(name => !_known.Contains(name)).Take(MostErrors))
        {
            var shown = PathOf(name.Length > LongestShownName ? $"{name[..LongestShownName]}…" : name);
            errors.Add(new FieldError("field.unknown", shown, $"There is no member {shown}."));
        }
    }

    public string PathOf(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private bool Take(string name, bool required, JsonValueKind kind, string kindName, out JsonElement value)
    {
        _known.Add(name);
        if (!element.TryGetProperty(name, out value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required)
            {
                errors.Add(new FieldError("field.missing", PathOf(name), $"{PathOf(name)} is needed."));
            }

            return false;
        }

        if (value.ValueKind == kind)
        {
            return true;
        }

        errors.Add(WrongType(name, kindName));
        return false;
    }

    private FieldError WrongType(string name, string kindName) => new("field.type", PathOf(name), $"{PathOf(name)} must be {kindName}.");
}
