using System.Text.Json;
using MtaSts.Host.Api;

namespace MtaSts.Host.Lint;

/// <summary>`/lint/…`: the judgements of the `mtasts lint` and `mtasts match` commands. Whatever the input is worth, the answer is 200.</summary>
internal static class LintApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        // Open to viewers, so to every key: nothing here belongs to anybody.
        var lint = api.MapGroup("/lint").WithTags("Lint");
        lint.MapPost("/policy", PolicyAsync).WithSummary("Checks a policy text: the bytes as fetched, of any media type").Takes<byte[]>("text/plain").Answers<PolicyLint>();
        lint.MapPost("/record", RecordAsync).WithSummary("Checks the TXT RRs at _mta-sts").Takes<LintRecordsRequest>().Answers<RecordLint>();
        lint.MapPost("/tlsrpt", TlsRptAsync).WithSummary("Checks the TXT RRs at _smtp._tls").Takes<LintRecordsRequest>().Answers<TlsRptLint>();
        lint.MapPost("/match", MatchAsync).WithSummary("Tells whether a host matches one of the mx patterns").Takes<LintMatchRequest>().Answers<MatchAnswer>();
    }

    private static async Task<IResult> PolicyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // Bounded by the endpoint's limit: reading more throws, and that is answered 413.
        using var text = new MemoryStream();
        await request.Body.CopyToAsync(text, cancellationToken);
        return Results.Json(PolicyLint.Of(text.GetBuffer().AsSpan(0, (int)text.Length)));
    }

    private static async Task<IResult> RecordAsync(HttpRequest request)
    {
        var (records, problem) = await ReadAsync(request, ReadRecords);
        return problem?.ToResult() ?? Results.Json(RecordLint.Of(records!));
    }

    private static async Task<IResult> TlsRptAsync(HttpRequest request)
    {
        var (records, problem) = await ReadAsync(request, ReadRecords);
        return problem?.ToResult() ?? Results.Json(TlsRptLint.Of(records!));
    }

    private static async Task<IResult> MatchAsync(HttpRequest request)
    {
        var (answer, problem) = await ReadAsync(request, ReadMatch);
        return problem?.ToResult() ?? Results.Json(answer);
    }

    /// <summary>The RRs, the strings of each joined without separator (RFC 8461 §3.1, RFC 8460 §3).</summary>
    public static IReadOnlyList<string>? ReadRecords(JsonElement body, List<FieldError> errors)
    {
        var members = new JsonMembers(body, errors);
        var records = members.StringLists("records", required: true);
        members.RefuseOthers();
        return records is null ? null : [.. records.Select(strings => string.Concat(strings))];
    }

    public static MatchAnswer? ReadMatch(JsonElement body, List<FieldError> errors)
    {
        var members = new JsonMembers(body, errors);
        var patterns = members.Strings("patterns", required: true);
        var host = members.String("host", required: true);
        members.RefuseOthers();
        return patterns is null || host is null ? null : MxMatch.Find(host, patterns, errors);
    }

    private static async Task<(T? Value, ApiProblem? Problem)> ReadAsync<T>(HttpRequest request, Func<JsonElement, List<FieldError>, T?> read)
        where T : class
    {
        var (body, problem) = await JsonBody.ReadAsync(request, JsonBody.Json);
        if (problem is not null)
        {
            return (null, problem);
        }

        var errors = new List<FieldError>();
        var value = read(body, errors);
        return errors.Count == 0 ? (value, null) : (null, ApiProblem.InvalidInput(errors));
    }
}
