using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;

namespace MtaSts.Host.Domains;

/// <summary>`/domains/{domain}/versions`: what a domain had before, and the way back to it.</summary>
internal static class VersionsApi
{
    public static void Map(IEndpointRouteBuilder domain)
    {
        domain.MapGet("/versions", VersionsAsync).WithSummary("Lists all policies that the domain had, newest first").WithPaging().Answers<Page<VersionResource>>();
        domain.MapPost("/versions/{number:int}/restore", RestoreAsync).WithSummary("Makes a new version with the policy of an old one")
            .WithQuery(GuardedEdit.Force).WithIfMatch().WithETag().Answers<DomainResource>();
    }

    private static async Task<IResult> VersionsAsync(string domain, HttpContext context, Store store, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors, text => int.TryParse(text, out _)) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var before = int.TryParse(paging.After, out var number) ? number : int.MaxValue;
        var versions = await db.PolicyVersions
            .Where(version => version.DomainId == row!.Id && version.Number < before)
            .OrderByDescending(version => version.Number)
            .Take(paging.Limit + 1)
            .ToListAsync(cancellationToken);
        var now = clock.GetUtcNow();
        return Results.Json(
            paging.Cut(versions, version => version.Number.ToString(CultureInfo.InvariantCulture), version => DomainResources.Version(version, now)));
    }

    private static async Task<IResult> RestoreAsync(
        string domain, int number, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        return problem?.ToResult() ?? await resources.AnswerAsync(
            context,
            db,
            await GuardedEdit.RunAsync(
                guard, context, clearance => editor.RestoreAsync(Caller.Of(context), row!.Id, number, IfMatch.Of(context.Request), clearance, cancellationToken), cancellationToken),
            StatusCodes.Status200OK,
            cancellationToken);
    }
}
