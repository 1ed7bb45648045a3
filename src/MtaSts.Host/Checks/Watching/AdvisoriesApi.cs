using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks.Watching;

/// <summary>`/domains/{domain}/advisories`, `/domains/{domain}/events` and `/events`. A tenant's keys see their tenant's only.</summary>
internal static class AdvisoriesApi
{
    private static readonly (string, string)[] EventFilters =
    [
        ("code", "Only events of this advisory."),
        ("kind", "added, sustained or cleared."),
        ("severity", "error or warning."),
    ];

    public static void Map(IEndpointRouteBuilder api)
    {
        var tenant = ("tenant", "Whose domain, where several tenants hold the name (provider keys).");
        api.MapGet("/domains/{domain}/advisories", ListAsync).WithTags("Advisories").WithSummary("Lists what is wrong with a domain at present, errors first").WithQuery(tenant)
            .Answers<Page<AdvisoryResource>>();
        api.MapGet("/domains/{domain}/events", ListEventsOfDomainAsync).WithTags("Advisories").WithSummary("Lists what came to be wrong with a domain, and what was mended, newest first").WithPaging()
            .WithQuery([tenant, .. EventFilters]).Answers<Page<EventResource>>();
        api.MapGet("/events", ListEventsAsync).WithTags("Advisories").WithSummary("Lists what came to be wrong, and what was mended, newest first").WithPaging()
            .WithQuery([("tenant", "Only this tenant's."), ("domain", "Only events of domains of this name."), .. EventFilters]).Answers<Page<EventResource>>();
    }

    private static async Task<IResult> ListAsync(string domain, HttpContext context, Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        // What may pass and was seen once is in the report only. A check bounds how many there are: one page holds them all.
        var rows = await db.DomainAdvisories.Where(advisory => advisory.DomainId == row!.Id && advisory.ToldAt != null)
            .OrderByDescending(advisory => advisory.Severity).ThenBy(advisory => advisory.Code).ThenBy(advisory => advisory.Subject).ToListAsync(cancellationToken);
        return Results.Json(new Page<AdvisoryResource>([.. rows.Select(Resource)], null));
    }

    private static async Task<IResult> ListEventsOfDomainAsync(string domain, HttpContext context, Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return problem is not null
            ? problem.ToResult()
            : await EventsAsync(context, db, db.AdvisoryEvents.Where(told => told.DomainId == row!.Id), cancellationToken);
    }

    private static async Task<IResult> ListEventsAsync(HttpContext context, Store store, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        await using var db = store.Open();
        var query = caller.IsProvider ? db.AdvisoryEvents : db.AdvisoryEvents.Where(told => told.TenantId == caller.TenantId);
        if (context.Request.Query.TryGetValue("tenant", out var tenantText))
        {
            var tenant = tenantText.ToString();
            var id = await db.Tenants.Where(row => row.Name == tenant).Select(row => (int?)row.Id).SingleOrDefaultAsync(cancellationToken);
            query = query.Where(told => told.TenantId == id);
        }

        if (context.Request.Query.TryGetValue("domain", out var domainText))
        {
            var name = MailDomain.TryParse(domainText.ToString(), out var parsed, out _) ? parsed.Name : domainText.ToString();
            query = query.Where(told => told.Domain == name);
        }

        return await EventsAsync(context, db, query, cancellationToken);
    }

    private static async Task<IResult> EventsAsync(HttpContext context, HostDbContext db, IQueryable<AdvisoryEvent> query, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (DomainList.Value(context.Request.Query, "code") is { } code)
        {
            query = query.Where(told => told.Code == code);
            if (CheckCodes.Find(code) is null)
            {
                errors.Add(AdvisoryCodes.Unknown("code", code));
            }
        }

        if (DomainList.Value(context.Request.Query, "kind") is { } kindWord)
        {
            AdvisoryEventKind? kind = kindWord switch { "added" => AdvisoryEventKind.Added, "sustained" => AdvisoryEventKind.Sustained, "cleared" => AdvisoryEventKind.Cleared, _ => null };
            query = query.Where(told => told.Kind == kind);
            if (kind is null)
            {
                errors.Add(new FieldError("kind.value", "kind", "kind must be added, sustained or cleared."));
            }
        }

        if (DomainList.Value(context.Request.Query, "severity") is { } severityWord)
        {
            var severity = WatchRules.SeverityOf(severityWord);
            query = query.Where(told => told.Severity == severity);
            if (severity is null)
            {
                errors.Add(new FieldError("severity.value", "severity", "severity must be error or warning."));
            }
        }

        if (Paging.Read(context.Request, errors, text => long.TryParse(text, out _)) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var before = long.TryParse(paging.After, out var id) ? id : long.MaxValue;
        var rows = await query.Where(told => told.Id < before).OrderByDescending(told => told.Id).Take(paging.Limit + 1)
            .Select(told => new { Told = told, Tenant = db.Tenants.Where(tenant => tenant.Id == told.TenantId).Select(tenant => tenant.Name).FirstOrDefault() }).ToListAsync(cancellationToken);
        return Results.Json(paging.Cut(rows, row => row.Told.Id.ToString(CultureInfo.InvariantCulture), row => Resource(row.Told, row.Tenant)));
    }

    // Fix and rule are those of the code as it is now.
    private static AdvisoryResource Resource(DomainAdvisory row) =>
        new(row.Code, EnumWords.Of(row.Severity), row.Subject, row.Message, CheckCodes.Find(row.Code)?.Fix ?? "", CheckCodes.Find(row.Code)?.Rfc, row.FirstSeenAt, row.LastSeenAt);

    private static EventResource Resource(AdvisoryEvent told, string? tenant) => new(
        told.Id,
        told.At,
        EnumWords.Of(told.Kind),
        told.Domain,
        tenant,
        told.Code,
        EnumWords.Of(told.Severity),
        told.Subject,
        told.Message,
        CheckCodes.Find(told.Code)?.Fix ?? "",
        CheckCodes.Find(told.Code)?.Rfc,
        told.IsEnforced);
}
