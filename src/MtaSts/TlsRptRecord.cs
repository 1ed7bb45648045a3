using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace MtaSts;

/// <summary>
/// The TXT record at <c>_smtp._tls</c> (RFC 8460 §3), which tells senders where reports about TLS go.
/// Stateless, safe from any thread.
/// </summary>
public static class TlsRptRecord
{
    private const string Version = "v=TLSRPTv1";
    private const string Section = "RFC 8460 3";
    private const string Mailto = "mailto:";
    private const string Https = "https://";

    // RFC 3986 §2 without the three that RFC 8460 §3 wants encoded: comma, exclamation point, semicolon.
    private static readonly SearchValues<char> UriCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/?#[]@$&'()*+=%");

    private static readonly char[] WhiteSpace = [' ', '\t'];

    /// <summary>
    /// Judges the TXT RRs at the name, the strings of each already joined without separator. Where there are several, those that
    /// do not begin with <c>v=TLSRPTv1;</c> are discarded first; unless exactly one is left, the reading is invalid.
    /// Never throws for what a record holds; time and memory are linear in it.
    /// </summary>
    /// <exception cref="ArgumentNullException">The list is null.</exception>
    public static TlsRptReading Read(IReadOnlyList<string> records)
    {
        var reader = new TxtRecordReader(Version, Section);
        List<string>? rua = null;
        if (reader.Choose(records) is { } record)
        {
            foreach (var (name, value) in reader.Fields(record))
            {
                if (name != "rua")
                {
                    reader.JudgeExtension(name, value);
                    continue;
                }

                var uris = ReadUris(reader, value);
                if (rua is not null)
                {
                    // Choice O-6: RFC 8460 allows it by its grammar and has no rule; the first counts, as RFC 8461 §3.2 has it.
                    reader.Warnings.Add(SyntaxCodes.RuaDuplicate, "rua", null, "rua comes again. The first is taken here; RFC 8460 has no rule. Write one rua with commas.", Section);
                }

                rua ??= uris;
            }

            if (rua is null && !reader.Errors.IsFull)
            {
                reader.Errors.Add(SyntaxCodes.RuaMissing, "rua", null, "There is no rua.", Section);
            }
        }

        return new TlsRptReading((rua ?? []).AsReadOnly(), reader.Errors.ToList(), reader.Warnings.ToList());
    }

    /// <summary>The record as it is published: <c>v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/tlsrpt</c>.</summary>
    /// <exception cref="ArgumentException">No URI, or one that <see cref="TryParseUri"/> refuses.</exception>
    public static string Write(IReadOnlyList<string> rua)
    {
        ArgumentNullException.ThrowIfNull(rua);
        if (rua.Count == 0)
        {
            throw new ArgumentException("At least one URI must stand in rua (RFC 8460 3).", nameof(rua));
        }

        foreach (var uri in rua)
        {
            if (!TryParseUri(uri, out var error))
            {
                throw new ArgumentException(error.Message, nameof(rua));
            }
        }

        return $"{Version}; rua={string.Join(',', rua)}";
    }

    /// <summary>
    /// May this stand in <c>rua</c>? Only <c>mailto</c> with one address and <c>https</c> with a host; comma, exclamation point and
    /// semicolon percent-encoded (RFC 8460 §3, RFC 3986 §2).
    /// </summary>
    public static bool TryParseUri(string? uri, [NotNullWhen(false)] out SyntaxError? error)
    {
        error = FindError(uri ?? "");
        return error is null;
    }

    private static List<string> ReadUris(TxtRecordReader reader, string value)
    {
        var uris = new List<string>();
        foreach (var range in value.AsSpan().Split(','))
        {
            if (reader.Errors.IsFull)
            {
                break;
            }

            var uri = value[range].Trim(WhiteSpace);
            uris.Add(uri);
            if (!TryParseUri(uri, out var error))
            {
                reader.Errors.Add(error.Code, error.Field, error.Line, error.Message, error.Rfc);
            }
        }

        return uris;
    }

    private static SyntaxError? FindError(string uri)
    {
        var stray = uri.AsSpan().IndexOfAnyExcept(UriCharacters);
        if (stray >= 0)
        {
            return Error(SyntaxCodes.RuaSyntax, uri, uri[stray] is ',' or '!' or ';'
                ? $"{uri[stray]} must be written as %{(int)uri[stray]:X2}"
                : $"{SyntaxErrorList.Quote(uri.AsSpan(stray, 1))} cannot stand in a URI");
        }

        for (var percent = uri.IndexOf('%', StringComparison.Ordinal); percent >= 0; percent = uri.IndexOf('%', percent + 1))
        {
            if (percent + 2 >= uri.Length || !char.IsAsciiHexDigit(uri[percent + 1]) || !char.IsAsciiHexDigit(uri[percent + 2]))
            {
                return Error(SyntaxCodes.RuaSyntax, uri, "after % two hexadecimal digits must follow");
            }
        }

        if (uri.StartsWith(Mailto, StringComparison.OrdinalIgnoreCase))
        {
            return IsAddress(uri.AsSpan(Mailto.Length)) ? null : Error(SyntaxCodes.RuaSyntax, uri, "mailto: must be followed by one address");
        }

        if (uri.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
        {
            return Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.Host.Length > 0
                ? null
                : Error(SyntaxCodes.RuaSyntax, uri, "https:// must be followed by a host");
        }

        return Error(SyntaxCodes.RuaScheme, uri, "only mailto: and https:// are supported");
    }

    // RFC 6068 §2: local part, @, domain, then perhaps header fields. Where a report goes is the mail system's to judge.
    private static bool IsAddress(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny('?', '#');
        var address = end < 0 ? text : text[..end];
        var at = address.IndexOf('@');
        return at > 0 && at < address.Length - 1 && !address[(at + 1)..].ContainsAny('@', '/');
    }

    private static SyntaxError Error(string code, string uri, string reason) =>
        new(code, "rua", null, $"{SyntaxErrorList.Quote(uri)} cannot stand in rua: {reason}.", Section);
}
