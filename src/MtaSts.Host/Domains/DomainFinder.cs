using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>The one place that decides which rows a caller sees: his tenant's, or all for the provider.</summary>
internal static class DomainFinder
{
    public static IQueryable<HostedDomain> Domains(this Caller caller, HostDbContext db) => caller.IsProvider
        ? db.Domains.Include(row => row.Tenant).Include(row => row.Template)
        : db.Domains.Include(row => row.Tenant).Include(row => row.Template).Where(row => row.TenantId == caller.TenantId);

    /// <summary>
    /// The row that a path means. Several tenants may hold a name while it waits for its proof: the served one is meant unless
    /// `?tenant=` names another; without a served one the provider has to choose.
    /// </summary>
    public static async Task<(HostedDomain? Row, ApiProblem? Problem)> FindDomainAsync(this HttpContext context, HostDbContext db, string name, CancellationToken cancellationToken)
    {
        if (!MailDomain.TryParse(name, out var domain, out _))
        {
            return (null, NotFound(name));
        }

        var query = Caller.Of(context).Domains(db).Where(row => row.Name == domain.Name);
        if (context.Request.Query.TryGetValue("tenant", out var tenant))
        {
            var wanted = tenant.ToString();
            query = query.Where(row => row.Tenant!.Name == wanted);
        }

        var rows = await query.ToListAsync(cancellationToken);
        return (rows.Find(row => row.IsServed), rows) switch
        {
            ({ } served, _) => (served, null),
            (_, []) => (null, NotFound(domain.Name)),
            (_, [var only]) => (only, null),
            _ => (null, ApiProblem.Conflict("domain.several", $"Several tenants hold {domain} while it waits for its proof; choose one with ?tenant=.")),
        };
    }

    /// <summary>Not found comes before a role that is too low.</summary>
    public static async Task<(HostedDomain? Row, ApiProblem? Problem)> FindDomainForEditAsync(this HttpContext context, HostDbContext db, string domain, CancellationToken cancellationToken)
    {
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return (row, problem ?? Caller.Of(context).Refuse(ApiRole.Editor));
    }

    public static async Task<(HostedDomain? Row, ApiProblem? Problem)> FindDomainForProviderAsync(this HttpContext context, HostDbContext db, string domain, CancellationToken cancellationToken)
    {
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return (row, problem ?? Caller.Of(context).RefuseUnlessProvider(ApiRole.Editor));
    }

    /// <summary>Any domain, from a body that has the one member `domain`.</summary>
    public static async Task<(MailDomain? Domain, ApiProblem? Problem)> ReadDomainAsync(this HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (problem is not null)
        {
            return (null, problem);
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var name = members.String("domain", required: true);
        members.RefuseOthers();
        MailDomain? domain = null;
        if (name is not null && !MailDomain.TryParse(name, out domain, out var error))
        {
            errors.Add(FieldError.From(error, "domain"));
        }

        return errors.Count > 0 ? (null, ApiProblem.InvalidInput(errors)) : (domain, null);
    }

    public static ApiProblem NotFound(string name) => ApiProblem.NotFound("domain.not_found", $"There is no domain {name}.");
}
