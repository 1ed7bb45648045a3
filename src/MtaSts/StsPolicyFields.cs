using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace MtaSts;

/// <summary>Collects the fields of one policy text in their order and judges them (RFC 8461 §3.2).</summary>
internal sealed class StsPolicyFields(SyntaxErrorList errors, SyntaxErrorList warnings)
{
    private const string Section = "RFC 8461 3.2";
    private const int Day = 86_400;

    private readonly List<string> _mx = [];
    private readonly List<MxPattern> _patterns = [];
    private readonly HashSet<MxPattern> _distinct = [];
    private readonly HashSet<string> _extensions = [];
    private string? _version;
    private string? _mode;
    private string? _maxAgeText;
    private long? _maxAge;
    private int _maxAgeLine;

    /// <summary>Takes one line, cut at its first colon and trimmed.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int line)
    {
        // Keys are case-sensitive. RFC 8461 §3.2: all but the first of a field that is not mx SHALL be ignored.
        if (key.SequenceEqual("mx"u8))
        {
            AddMx(value, line);
        }
        else if (key.SequenceEqual("version"u8))
        {
            if (IsFirst(ref _version, "version", SyntaxCodes.VersionDuplicate, value, line))
            {
                JudgeVersion(_version, line);
            }
        }
        else if (key.SequenceEqual("mode"u8))
        {
            if (IsFirst(ref _mode, "mode", SyntaxCodes.ModeDuplicate, value, line))
            {
                JudgeMode(_mode, line);
            }
        }
        else if (key.SequenceEqual("max_age"u8))
        {
            if (IsFirst(ref _maxAgeText, "max_age", SyntaxCodes.MaxAgeDuplicate, value, line))
            {
                JudgeMaxAge(_maxAgeText, line);
            }
        }
        else
        {
            AddExtension(key, value, line);
        }
    }

    /// <summary>What was found. Where reading stopped early, nothing is said about fields that are missing.</summary>
    public StsPolicyReading ToReading(bool judgeMissing)
    {
        if (judgeMissing)
        {
            JudgeMissing();
        }

        JudgeForSenders();
        var policy = errors.Count == 0 && StsModeWords.TryParse(_mode, out var mode) ? new StsPolicy(mode, _patterns, (int)_maxAge!.Value) : null;
        return new StsPolicyReading(policy, _version, _mode, _maxAge, _mx.AsReadOnly(), errors.ToList(), warnings.ToList());
    }

    private void AddMx(ReadOnlySpan<byte> value, int line)
    {
        var text = Encoding.UTF8.GetString(value);
        _mx.Add(text);
        if (!MxPattern.TryParse(text, out var pattern, out var error))
        {
            // Choice O-4: the grammar has no malformed mx, so that one makes the whole text invalid.
            errors.Add(error.Code, error.Field, line, error.Message, error.Rfc);
            return;
        }

        _patterns.Add(pattern);
        if (!warnings.IsFull && !_distinct.Add(pattern))
        {
            warnings.Add(SyntaxCodes.MxRepeated, "mx", line, "This pattern stands here a second time.", Section);
        }

        if (pattern.EndsInNumber)
        {
            // Choice O-5: letters, digits and dots are all that the grammar asks.
            warnings.Add(SyntaxCodes.MxNumeric, "mx", line, "A name that ends in a number, such as an IP address, matches no MX host; delivery from postfix-tlspol broke.", "RFC 8461 4.1");
        }
    }

    private bool IsFirst([NotNull] ref string? first, string name, string duplicateCode, ReadOnlySpan<byte> value, int line)
    {
        if (first is null)
        {
            first = Encoding.UTF8.GetString(value);
            return true;
        }

        // Choice O-3: ignored means ignored, also when it could not stand first. It must still be a field: as an extension would.
        if (IsExtensionValue(value, name, line))
        {
            warnings.Add(duplicateCode, name, line, "This field comes again. The first counts, but some senders take the last or reject the policy.", Section);
        }

        return false;
    }

    private void JudgeVersion(string version, int line)
    {
        if (version != "STSv1")
        {
            errors.Add(SyntaxCodes.VersionValue, "version", line, $"version is {SyntaxErrorList.Quote(version)}; it must be STSv1, in this case.", Section);
        }
    }

    private void JudgeMode(string mode, int line)
    {
        if (!StsModeWords.TryParse(mode, out _))
        {
            errors.Add(SyntaxCodes.ModeValue, "mode", line, $"mode is {SyntaxErrorList.Quote(mode)}; it must be enforce, testing or none, in lower case.", Section);
        }
    }

    private void JudgeMaxAge(string digits, int line)
    {
        const int LongestThatFits = 18;
        _maxAgeLine = line;
        if (digits.Length == 0 || digits.AsSpan().ContainsAnyExceptInRange('0', '9'))
        {
            errors.Add(SyntaxCodes.MaxAgeSyntax, "max_age", line, $"max_age is {SyntaxErrorList.Quote(digits)}; it must be seconds in plain digits.", Section);
            return;
        }

        var significant = digits.AsSpan().TrimStart('0');
        if (significant.Length <= LongestThatFits)
        {
            _maxAge = significant.IsEmpty ? 0 : long.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        if (_maxAge is null or > StsLimits.MaxMaxAge)
        {
            // Choice O-2: the text states the maximum, although the grammar takes more digits (erratum 7282).
            errors.Add(SyntaxCodes.MaxAgeRange, "max_age", line, $"max_age is over {StsLimits.MaxMaxAge}, about a year.", Section);
        }
        else if (digits.Length > StsLimits.MaxMaxAgeDigits)
        {
            errors.Add(SyntaxCodes.MaxAgeSyntax, "max_age", line, $"max_age has more than {StsLimits.MaxMaxAgeDigits} digits.", Section);
        }
    }

    private void AddExtension(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, int line)
    {
        // No valid name is longer; of an endless key no string is made.
        var name = key.Length <= StsLimits.MaxFieldNameLength ? Encoding.Latin1.GetString(key) : "";
        if (!FieldName.IsValid(name))
        {
            errors.Add(SyntaxCodes.FieldName, null, line, $"{SyntaxErrorList.Quote(key)} is not a key: 1 to 32 letters, digits, _ - and dots, a letter or digit first.", Section);
            return;
        }

        if (!IsExtensionValue(value, name, line) || warnings.IsFull)
        {
            return;
        }

        if (!_extensions.Add(name))
        {
            warnings.Add(SyntaxCodes.FieldDuplicate, name, line, "This field comes again; the first counts.", Section);
            return;
        }

        warnings.Add(SyntaxCodes.FieldUnknown, name, line, Resembled(name) is { } known
            ? $"Senders ignore this field. Is {known} meant?"
            : "Senders ignore this field; checkdmarc rejects it.", Section);
        if (value.Contains((byte)':'))
        {
            warnings.Add(SyntaxCodes.FieldColon, name, line, "maddy rejects a policy with a second colon in a line.", Section);
        }

        if (!Ascii.IsValid(value))
        {
            warnings.Add(SyntaxCodes.FieldNonAscii, name, line, "postfix-mta-sts-resolver reads this only when the answer says charset=utf-8.", Section);
        }
    }

    private bool IsExtensionValue(ReadOnlySpan<byte> value, string name, int line)
    {
        // RFC 8461 §3.2: %x21-7E, UTF-8 beyond ASCII, and spaces between them.
        var reason = value switch
        {
            [] => "is empty",
            _ when value.ContainsAnyInRange((byte)0x00, (byte)0x1F) || value.Contains((byte)0x7F) => "holds a control character",
            _ when !Utf8.IsValid(value) => "is not UTF-8",
            _ => null,
        };
        if (reason is not null)
        {
            errors.Add(SyntaxCodes.FieldValue, name, line, $"The value of {name} {reason}.", Section);
        }

        return reason is null;
    }

    private static string? Resembled(string name)
    {
        var plain = name.Replace('-', '_');
        return Array.Find(["version", "mode", "max_age", "mx"], known => known.Equals(plain, StringComparison.OrdinalIgnoreCase));
    }

    private void JudgeMissing()
    {
        if (_version is null)
        {
            errors.Add(SyntaxCodes.VersionMissing, "version", null, "There is no version.", Section);
        }

        if (_mode is null)
        {
            errors.Add(SyntaxCodes.ModeMissing, "mode", null, "There is no mode.", Section);
        }

        if (_maxAgeText is null)
        {
            errors.Add(SyntaxCodes.MaxAgeMissing, "max_age", null, "There is no max_age.", Section);
        }

        if (_mx.Count == 0 && _mode != "none")
        {
            errors.Add(SyntaxCodes.MxMissing, "mx", null, "There is no mx; only a policy of mode none may be without.", Section);
        }
    }

    private void JudgeForSenders()
    {
        if (_maxAgeText?.Length > 1 && _maxAgeText[0] == '0' && _maxAge is not null)
        {
            warnings.Add(SyntaxCodes.MaxAgeLeadingZeros, "max_age", _maxAgeLine, "max_age begins with zeros: allowed, but a reader may take it for octal.", Section);
        }

        switch (_maxAge)
        {
            case 0:
                warnings.Add(SyntaxCodes.MaxAgeZero, "max_age", _maxAgeLine, "max_age is 0: nothing is kept, and chasquid rejects the policy.", Section);
                break;
            case < Day when _mode != "none":
                // In mode none a short time is what RFC 8461 §8.3 asks for.
                warnings.Add(SyntaxCodes.MaxAgeShort, "max_age", _maxAgeLine, "max_age is under a day; weeks or more are expected, as a short time protects little.", "RFC 8461 10.2");
                break;
            case StsLimits.MaxMaxAge:
                warnings.Add(SyntaxCodes.MaxAgeMaximum, "max_age", _maxAgeLine, "max_age is exactly the maximum; Stalwart keeps such a policy for a day only.", Section);
                break;
        }

        if (_mode == "none" && _mx.Count == 0)
        {
            warnings.Add(SyntaxCodes.MxNone, "mx", null, "There is no mx. Mode none needs none, but Stalwart and chasquid reject the policy.", Section);
        }
    }
}
