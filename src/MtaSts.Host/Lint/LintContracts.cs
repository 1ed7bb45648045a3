using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Lint;

/// <summary>
/// The judgement of a policy text, by `mtasts lint policy --json` and `POST /lint/policy` alike. Every member is always written, null where
/// nothing was found. <paramref name="Mx"/>: as written, repeats kept, also when the text is not valid.
/// </summary>
internal sealed record PolicyLint(
    bool Valid,
    IReadOnlyList<SyntaxError> Errors,
    IReadOnlyList<SyntaxError> Warnings,
    string? Version,
    string? Mode,
    long? MaxAge,
    IReadOnlyList<string> Mx)
{
    /// <summary>The bytes as they were fetched.</summary>
    public static PolicyLint Of(ReadOnlySpan<byte> text)
    {
        var reading = StsPolicyParser.Read(text);
        return new PolicyLint(reading.IsValid, reading.Errors, reading.Warnings, reading.Version, reading.Mode, reading.MaxAge, reading.Mx);
    }
}

/// <summary>The judgement of the TXT RRs at `_mta-sts`. <paramref name="Id"/>: null unless it is well-formed.</summary>
internal sealed record RecordLint(bool Valid, IReadOnlyList<SyntaxError> Errors, IReadOnlyList<SyntaxError> Warnings, string? Id)
{
    /// <summary>One text for each RR, its strings joined.</summary>
    public static RecordLint Of(IReadOnlyList<string> records)
    {
        var reading = StsRecord.Read(records);
        return new RecordLint(reading.IsValid, reading.Errors, reading.Warnings, reading.Id);
    }
}

/// <summary>The judgement of the TXT RRs at `_smtp._tls`. <paramref name="Rua"/>: as written, malformed ones too.</summary>
internal sealed record TlsRptLint(bool Valid, IReadOnlyList<SyntaxError> Errors, IReadOnlyList<SyntaxError> Warnings, IReadOnlyList<string> Rua)
{
    /// <summary>One text for each RR, its strings joined.</summary>
    public static TlsRptLint Of(IReadOnlyList<string> records)
    {
        var reading = TlsRptRecord.Read(records);
        return new TlsRptLint(reading.IsValid, reading.Errors, reading.Warnings, reading.Rua);
    }
}

/// <summary>Is the host covered? <paramref name="Pattern"/>: the first that matches, as it was given; null when none does.</summary>
internal sealed record MatchAnswer(bool Match, string? Pattern);

/// <summary>`POST /lint/record`, `POST /lint/tlsrpt`: the RRs at the name, each a list of its strings as in the DNS.</summary>
internal sealed record LintRecordsRequest(IReadOnlyList<IReadOnlyList<string>> Records);

/// <summary>`POST /lint/match`.</summary>
internal sealed record LintMatchRequest(IReadOnlyList<string> Patterns, string Host);

[JsonSerializable(typeof(PolicyLint))]
[JsonSerializable(typeof(RecordLint))]
[JsonSerializable(typeof(TlsRptLint))]
[JsonSerializable(typeof(MatchAnswer))]
internal sealed partial class LintJson : JsonSerializerContext;

/// <summary>What the commands print: character for character what the API answers.</summary>
internal static class LintJsonText
{
    private static readonly JsonSerializerOptions AsTheApi = MakeOptions();

    public static string Of<T>(T judgement) => JsonSerializer.Serialize(judgement, AsTheApi.GetTypeInfo(typeof(T)));

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = LintJson.Default };
        ApiJsonSetup.Configure(options);
        return options;
    }
}
