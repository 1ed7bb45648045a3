using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Checks.Overview;

/// <summary>`/overview`: how all domains do; a tenant's keys see their tenant's.</summary>
internal static class OverviewApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/overview", ReadAsync).WithTags("Overview").WithSummary("Counts domains by mode, state, advisory and days left of certificates")
            .WithQuery(("tenant", "Only this tenant's domains.")).Answers<OverviewResource>();
        api.MapGet("/overview/tenants", ListAsync).WithTags("Overview").WithSummary("The same in a line for each tenant (provider)").WithPaging().Answers<Page<TenantOverview>>();
    }

    private static async Task<IResult> ReadAsync(HttpContext context, Store store, OverviewAnswers answers, CancellationToken cancellationToken)
    {
        var tenantId = Caller.Of(context).TenantId;
        if (context.Request.Query.TryGetValue("tenant", out var text))
        {
            await using var db = store.Open();
            var name = text.ToString();
            var wanted = await db.Tenants.Where(row => row.Name == name).Select(row => (int?)row.Id).SingleOrDefaultAsync(cancellationToken);
            // To a tenant another one is not there.
            if (wanted is null || (tenantId is not null && wanted != tenantId))
            {
                return ApiProblem.NotFound("tenant.not_found", $"There is no tenant {name}.").ToResult();
            }

            tenantId = wanted;
        }

        return Results.Json(await answers.ReadAsync(tenantId, cancellationToken));
    }

    private static async Task<IResult> ListAsync(HttpContext context, Store store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).RefuseUnlessProvider(ApiRole.Viewer) is { } refusal)
        {
            return refusal.ToResult();
        }

        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        await using var db = store.Open();
        var after = paging.After;
        var tenants = await db.Tenants.Where(row => after == null || row.Name.CompareTo(after) > 0).OrderBy(row => row.Name).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        var page = paging.Cut(tenants, row => row.Name, row => row);
        return Results.Json(new Page<TenantOverview>(await OverviewQueries.ReadTenantsAsync(db, page.Items, clock.GetUtcNow(), cancellationToken), page.Next));
    }
}
