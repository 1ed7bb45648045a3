using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks;

/// <summary>`/checks` and `/domains/{domain}/checks`.</summary>
internal static class ChecksApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var tenant = new DocumentedParameter("tenant", "Whose domain, where several tenants hold the name (provider keys).");
        api.MapPost("/checks", CheckAnyAsync).WithTags("Checks").WithSummary("Looks at any domain as a sending server does (provider)").Takes<CheckRequest>().Answers<CheckReport>();
        api.MapPost("/domains/{domain}/checks", CheckAsync).WithTags("Checks").WithSummary("Looks at a domain as a sending server does, and keeps the report").WithMetadata(tenant).Answers<CheckReport>();
        api.MapGet("/domains/{domain}/checks/latest", LatestAsync).WithTags("Checks").WithSummary("Shows the last report of a domain").WithMetadata(tenant).Answers<CheckReport>();
    }

    private static async Task<IResult> CheckAnyAsync(HttpContext context, CheckRuns runs, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).RefuseUnlessProvider(ApiRole.Editor) is { } refusal)
        {
            return refusal.ToResult();
        }

        var (domain, problem) = await context.ReadDomainAsync();
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (report, refused) = await RunAsync(context, runs, domain!, null, cancellationToken);
        return refused ?? Results.Json(report);
    }

    private static async Task<IResult> CheckAsync(string domain, HttpContext context, Store store, CheckRuns runs, CheckRecording recording, CancellationToken cancellationToken)
    {
        HostedDomain? row;
        OwnPolicy? ours;
        await using (var db = store.Open())
        {
            (row, var problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
            if (problem is not null)
            {
                return problem.ToResult();
            }

            // A domain that waits for its proof is served by nobody here, or by another tenant.
            ours = row!.IsServed ? (await OwnPolicies.OfAsync(db, [row], cancellationToken)).GetValueOrDefault(row.Id) : null;
        }

        var name = MailDomain.TryParse(row.Name, out var parsed, out _) ? parsed : throw new InvalidOperationException(row.Name);
        var (report, refused) = await RunAsync(context, runs, name, ours, cancellationToken);
        if (refused is not null)
        {
            return refused;
        }

        await recording.RecordAsync(row.Id, row.Version, report!, isScheduled: false, cancellationToken);
        return Results.Json(report);
    }

    private static async Task<IResult> LatestAsync(string domain, HttpContext context, Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var last = await db.DomainChecks.SingleOrDefaultAsync(check => check.DomainId == row!.Id, cancellationToken);
        return last is null
            ? ApiProblem.NotFound("check.none", $"{row!.Name} has not been checked yet.").ToResult()
            : Results.Json(JsonSerializer.Deserialize(last.Report, ChecksJson.Default.CheckReport));
    }

    private static async Task<(CheckReport? Report, IResult? Refused)> RunAsync(HttpContext context, CheckRuns runs, MailDomain domain, OwnPolicy? ours, CancellationToken cancellationToken)
    {
        try
        {
            if (await runs.RunAsync(domain, ours, Caller.Of(context).TenantId, cancellationToken) is { } report)
            {
                return (report, null);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new ApiProblem(StatusCodes.Status504GatewayTimeout, "check.timeout", $"The check of {domain.Name} took too long and was given up.").ToResult());
        }

        return (null, ApiProblem.Busy(context, "check.busy", "As many checks as may run at once are running.").ToResult());
    }
}
