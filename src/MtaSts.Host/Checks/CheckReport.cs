using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Checks;

/// <summary>A domain as a sending server sees it: the JSON of the API and of `mtasts check --json`.</summary>
/// <param name="Domain">Lower-case A-labels.</param>
/// <param name="CheckedAt">When it began.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Errors">Advisories that are errors.</param>
/// <param name="Warnings">Advisories that are warnings.</param>
/// <param name="PolicyId">The id of the record, as a strict sender reads it; null: none.</param>
/// <param name="Policy">The policy that the host gives, also where a strict sender would not come so far; null: none.</param>
/// <param name="Verdict">What a strict sender does with mail.</param>
/// <param name="Advisories">Errors first.</param>
/// <param name="Steps">The sender's way, in its order.</param>
internal sealed record CheckReport(
    string Domain,
    DateTimeOffset CheckedAt,
    long Milliseconds,
    int Errors,
    int Warnings,
    string? PolicyId,
    CheckedPolicy? Policy,
    CheckedVerdict Verdict,
    IReadOnlyList<CheckedAdvisory> Advisories,
    IReadOnlyList<CheckedStep> Steps);

/// <summary>A policy as it was found.</summary>
internal sealed record CheckedPolicy(string Mode, IReadOnlyList<string> Mx, int MaxAge);

/// <summary>See <see cref="CheckVerdict"/>.</summary>
internal sealed record CheckedVerdict(CheckedDelivery Now, CheckedDelivery? Enforce);

/// <summary>See <see cref="DeliveryVerdict"/>.</summary>
internal sealed record CheckedDelivery(
    [property: OneOf("delivers", "partly", "refuses", "noMail", "unknown")] string Outcome, string Message, IReadOnlyList<string> DeliversTo, IReadOnlyList<RefusedHost> Refuses);

/// <summary>See <see cref="Advisory"/>.</summary>
internal sealed record CheckedAdvisory(string Code, [property: OneOf("error", "warning", "info")] string Severity, string Subject, string Message, string Fix, string? Rfc, string? ResultType);

/// <summary>See <see cref="CheckStep"/>.</summary>
internal sealed record CheckedStep(string Name, string Subject, [property: OneOf("ok", "warning", "error", "skipped")] string State, long Milliseconds, IReadOnlyList<string> Evidence);

/// <summary>The body of `POST /checks`.</summary>
/// <param name="Domain">Any domain.</param>
internal sealed record CheckRequest(string Domain);

/// <summary>A report outside the API: the same JSON.</summary>
internal static class CheckJsonText
{
    private static readonly JsonSerializerOptions AsTheApi = MakeOptions();

    public static string Of(CheckReport report) => JsonSerializer.Serialize(report, AsTheApi.GetTypeInfo(typeof(CheckReport)));

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = ChecksJson.Default };
        ApiJsonSetup.Configure(options);
        return options;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckReport))]
[JsonSerializable(typeof(CheckRequest))]
internal sealed partial class ChecksJson : JsonSerializerContext;
