using MtaSts.Host.Api;

namespace MtaSts.Host.Lint;

/// <summary>Does a host match one of the mx patterns (RFC 8461 §4.1)? Pure.</summary>
internal static class MxMatch
{
    /// <summary>Null when the host or a pattern cannot be one; <paramref name="errors"/> then says why.</summary>
    public static MatchAnswer? Find(string host, IReadOnlyList<string> patterns, List<FieldError> errors)
    {
        var name = ReadHost(host, errors);
        var read = new List<MxPattern>(patterns.Count);
        for (var index = 0; index < patterns.Count && errors.Count <= StsLimits.MaxErrors; index++)
        {
            if (MxPattern.TryParse(patterns[index], out var pattern, out var error))
            {
                read.Add(pattern);
            }
            else
            {
                errors.Add(FieldError.From(error, $"patterns[{index}]"));
            }
        }

        if (errors.Count > 0)
        {
            return null;
        }

        var found = read.Find(pattern => pattern.Matches(name!));
        return new MatchAnswer(found is not null, found?.Text);
    }

    // The name of an MX record, as people write it: U-labels and the DNS's final dot are taken. The grammar is that of a pattern without
    // wildcard (RFC 5321 §4.1.2), which leaves addresses out too: none can stand in an MX record.
    private static string? ReadHost(string host, List<FieldError> errors)
    {
        var text = host.EndsWith('.') ? host[..^1] : host;
        if (MxPattern.TryNormalize(text, out var name, out _) && !name.IsWildcard)
        {
            return name.Text;
        }

        errors.Add(new FieldError("host.syntax", "host", "The host must be the name of a mail server, such as mx.example.com: letters, digits, hyphens and dots, no address.", "RFC 5321 4.1.2"));
        return null;
    }
}
