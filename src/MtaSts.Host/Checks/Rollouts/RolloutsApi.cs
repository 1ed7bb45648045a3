using Microsoft.Extensions.Options;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>`/domains/{domain}/rollout`: from `testing` to `enforce` by stages.</summary>
internal static class RolloutsApi
{
    private const int MostDays = 365;
    private const int DefaultMaxAge = 30 * RolloutPlan.Day;

    private static readonly (string Name, string Description) Force = ("force", "`true` goes on in spite of the errors that are known now, for this stage, and is audited (admin).");

    public static void Map(IEndpointRouteBuilder api)
    {
        var rollout = api.MapGroup("/domains/{domain}/rollout").WithTags("Roll-out").WithMetadata(new DocumentedParameter("tenant", "Whose domain, where several tenants hold the name (provider keys)."));
        rollout.MapPost("", StartAsync).WithSummary("Brings a domain from testing to enforce by stages, each after a time and clean checks").MayTake<RolloutRequest>().Answers<RolloutResource>();
        rollout.MapGet("", GetAsync).WithSummary("Shows where a roll-out is, what keeps it, its dates, and until when senders may hold each version").Answers<RolloutResource>();
        rollout.MapPost("/pause", PauseAsync).WithSummary("Keeps a roll-out in its stage").Answers<RolloutResource>();
        rollout.MapPost("/resume", ResumeAsync).WithSummary("Goes on after a pause, or past errors with ?force=true").WithQuery(Force).Answers<RolloutResource>();
        rollout.MapDelete("", StopAsync).WithSummary("Ends a roll-out; the policy stays as it is").Answers(204);
    }

    private static async Task<IResult> StartAsync(string domain, HttpContext context, Store store, RolloutEditor editor, IOptions<ChecksOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (input, bodyProblem) = await ReadAsync(context);
        return bodyProblem?.ToResult() ?? await AnswerAsync(db, row!, await editor.StartAsync(Caller.Of(context), row!.Id, input!, cancellationToken), options, clock, cancellationToken);
    }

    private static async Task<IResult> GetAsync(string domain, HttpContext context, Store store, IOptions<ChecksOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return await AnswerAsync(db, row!, problem, options, clock, cancellationToken);
    }

    private static async Task<IResult> PauseAsync(string domain, HttpContext context, Store store, RolloutEditor editor, IOptions<ChecksOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        return await AnswerAsync(db, row!, problem ?? await editor.PauseAsync(Caller.Of(context), row!.Id, cancellationToken), options, clock, cancellationToken);
    }

    private static async Task<IResult> ResumeAsync(string domain, HttpContext context, Store store, RolloutEditor editor, IOptions<ChecksOptions> options, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        var isForced = false;
        if (problem is null)
        {
            (isForced, problem) = GuardedEdit.ReadForce(context);
        }

        return await AnswerAsync(db, row!, problem ?? await editor.ResumeAsync(Caller.Of(context), row!.Id, isForced, cancellationToken), options, clock, cancellationToken);
    }

    private static async Task<IResult> StopAsync(string domain, HttpContext context, Store store, RolloutEditor editor, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        problem ??= await editor.StopAsync(Caller.Of(context), row!.Id, cancellationToken);
        return problem?.ToResult() ?? Results.NoContent();
    }

    private static async Task<IResult> AnswerAsync(HostDbContext db, Data.Tables.HostedDomain row, ApiProblem? problem, IOptions<ChecksOptions> options, TimeProvider clock, CancellationToken cancellationToken) =>
        problem?.ToResult() ?? (await RolloutResources.FindAsync(db, row, WatchRules.StaleAfter(options.Value), clock.GetUtcNow(), cancellationToken) is { } rollout ? Results.Json(rollout) : RolloutEditor.None(row).ToResult());

    /// <summary>An empty body means the usual numbers.</summary>
    private static async Task<(RolloutInput? Input, ApiProblem? Problem)> ReadAsync(HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadIfAnyAsync(context.Request);
        if (problem is not null)
        {
            return (null, problem);
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var maxAge = members.Integer("maxAge") ?? DefaultMaxAge;
        if (maxAge is < RolloutPlan.Day or > StsLimits.MaxMaxAge)
        {
            errors.Add(new FieldError("max_age.range", "maxAge", $"maxAge must be {RolloutPlan.Day} to {StsLimits.MaxMaxAge} seconds.", "RFC 8461 3.2"));
        }

        var testingDays = Days(members, "testingDays", 14, errors);
        var stageDays = Days(members, "stageDays", 7, errors);
        members.RefuseOthers();
        return errors.Count > 0 ? (null, ApiProblem.InvalidInput(errors)) : (new RolloutInput((int)maxAge, testingDays, stageDays), null);
    }

    private static int Days(JsonMembers members, string name, int otherwise, List<FieldError> errors)
    {
        var days = members.Integer(name) ?? otherwise;
        if (days is >= 1 and <= MostDays)
        {
            return (int)days;
        }

        errors.Add(new FieldError("rollout.days", name, $"{name} must be 1 to {MostDays}."));
        return otherwise;
    }
}
