using System.Globalization;
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Audit;

/// <summary>`GET /audit`: who did what, newest first. A tenant's keys see their tenant's lines only.</summary>
internal static class AuditApi
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/audit", ListAsync).WithTags("Audit").WithSummary("Lists who did what, newest first").WithPaging()
            .WithQuery(("tenant", "Only what concerns this tenant."), ("domain", "Only what concerns this domain."))
            .Answers<Page<AuditResource>>();

    private static async Task<IResult> ListAsync(HttpContext context, Store store, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors, text => long.TryParse(text, out _)) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var caller = Caller.Of(context);
        await using var db = store.Open();
        var query = caller.IsProvider ? db.Audit : OfTenant(db, caller.TenantName!);
        if (context.Request.Query.TryGetValue("tenant", out var tenantText))
        {
            var tenant = tenantText.ToString();
            query = query.Where(entry => entry.Tenant == tenant);
        }

        if (context.Request.Query.TryGetValue("domain", out var domainText))
        {
            var domain = MailDomain.TryParse(domainText.ToString(), out var name, out _) ? name.Name : domainText.ToString();
            query = query.Where(entry => entry.Domain == domain);
        }

        var before = long.TryParse(paging.After, out var id) ? id : long.MaxValue;
        var rows = await query.Where(entry => entry.Id < before).OrderByDescending(entry => entry.Id).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        return Results.Json(paging.Cut(rows, entry => entry.Id.ToString(CultureInfo.InvariantCulture), Resource));
    }

    // From its beginning: an earlier tenant may have had the name.
    private static IQueryable<AuditEntry> OfTenant(HostDbContext db, string tenant) =>
        db.Audit.Where(entry => entry.Tenant == tenant && entry.Id >= db.Audit.Where(first => first.Tenant == tenant && first.Action == "tenant.create").Max(first => first.Id));

    private static AuditResource Resource(AuditEntry entry) => new(entry.At, entry.Actor, entry.Action, entry.Target, entry.Detail, entry.Tenant, entry.Domain, entry.Revision);
}

internal sealed record AuditResource(
    DateTimeOffset At, string Actor, string Action, string Target, string? Detail, string? Tenant, string? Domain, long Revision);

[JsonSerializable(typeof(Page<AuditResource>))]
internal sealed partial class AuditJson : JsonSerializerContext;
