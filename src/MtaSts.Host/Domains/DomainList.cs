using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>`GET /domains`: filters and cursor.</summary>
internal static class DomainList
{
    public static readonly (string Name, string Description)[] Filters =
    [
        ("tenant", "Only this tenant's."),
        ("mode", "enforce, testing or none."),
        ("state", "pending, active, removing or suspended."),
        ("template", "Only those of this template."),
        ("search", "Only names that contain this."),
        ("advisory", "Only those with this advisory at present (a code of CHECKS.md)."),
    ];

    public static async Task<IResult> ListAsync(HttpContext context, Store store, DomainResources resources, AdvisoryCodes codes, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        await using var db = store.Open();
        var query = Filter(context.Request.Query, db, Caller.Of(context).Domains(db), codes, errors);
        if (Paging.Read(context.Request, errors, text => Cursor.Read(text) is not null) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        if (Cursor.Read(paging.After) is { } after)
        {
            query = query.Where(row => row.Name.CompareTo(after.Name) > 0 || (row.Name == after.Name && row.Id > after.Id));
        }

        var rows = await query.OrderBy(row => row.Name).ThenBy(row => row.Id).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        var page = paging.Cut(rows, row => new Cursor(row.Name, row.Id).ToString(), row => row);
        return Results.Json(
            new Page<DomainResource>(await resources.OfAsync(db, page.Items, warnings: null, cancellationToken), page.Next));
    }

    private static IQueryable<HostedDomain> Filter(IQueryCollection filters, HostDbContext db, IQueryable<HostedDomain> query, AdvisoryCodes codes, List<FieldError> errors)
    {
        if (Value(filters, "tenant") is { } tenant)
        {
            query = query.Where(row => row.Tenant!.Name == tenant);
        }

        if (Value(filters, "mode") is { } modeWord)
        {
            if (StsModeWords.TryParse(modeWord, out var mode))
            {
                query = query.Where(row => row.Mode == mode);
            }
            else
            {
                errors.Add(new FieldError("mode.value", "mode", "mode must be enforce, testing or none."));
            }
        }

        if (Value(filters, "state") is { } stateWord)
        {
            if (DomainResources.State(stateWord) is { } state)
            {
                query = query.Where(row => row.State == state);
            }
            else
            {
                errors.Add(new FieldError("state.value", "state", "state must be pending, active, removing or suspended."));
            }
        }

        if (Value(filters, "template") is { } template)
        {
            query = query.Where(row => row.Template!.Name == template);
        }

        if (Value(filters, "search") is { } search)
        {
            var part = MailDomain.TryParse(search, out var domain, out _) ? domain.Name : search.ToLowerInvariant();
            query = query.Where(row => row.Name.Contains(part));
        }

        if (Value(filters, "advisory") is { } code)
        {
            if (codes.All.Contains(code))
            {
                query = query.Where(row => db.DomainAdvisories.Any(advisory => advisory.Code == code && advisory.DomainId == row.Id && advisory.ToldAt != null));
            }
            else
            {
                errors.Add(AdvisoryCodes.Unknown("advisory", code));
            }
        }

        return query;
    }

    public static string? Value(IQueryCollection filters, string name) => filters.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;

    private sealed record Cursor(string Name, long Id)
    {
        public static Cursor? Read(string? text) =>
            text?.Split(' ') is [var name, var id] && long.TryParse(id, out var number) ? new Cursor(name, number) : null;

        public override string ToString() => $"{Name} {Id}";
    }
}
