using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>What `"mxSource":"dns"` would make of a domain, before anybody sets it.</summary>
internal static class MxApi
{
    public static void Map(IEndpointRouteBuilder api, IEndpointRouteBuilder domain)
    {
        domain.MapGet("/mx", ShowAsync).WithSummary("Looks up the mail servers in DNS, and shows the patterns that mxSource dns makes of them").Answers<MxResource>();
        api.MapPost("/mx", ShowAnyAsync).WithTags("Domains").WithSummary("The same for a domain that is not hosted yet; changes nothing").Takes<MxRequest>().Answers<MxResource>();
    }

    private static async Task<IResult> ShowAsync(string domain, HttpContext context, Store store, MxShows shows, CancellationToken cancellationToken)
    {
        HostedDomain? row;
        await using (var db = store.Open())
        {
            (row, var problem) = await context.FindDomainAsync(db, domain, cancellationToken);
            if (problem is not null)
            {
                return problem.ToResult();
            }
        }

        return await AnswerAsync(context, shows, row!.Name, row.PolicyOrNull()?.Mx ?? [], cancellationToken);
    }

    private static async Task<IResult> ShowAnyAsync(HttpContext context, MxShows shows, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).Refuse(ApiRole.Editor) is { } refusal)
        {
            return refusal.ToResult();
        }

        var (domain, problem) = await context.ReadDomainAsync();
        return problem?.ToResult() ?? await AnswerAsync(context, shows, domain!.Name, [], cancellationToken);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, MxShows shows, string domain, IReadOnlyList<MxPattern> served, CancellationToken cancellationToken)
    {
        if (await shows.LookAsync(domain, Caller.Of(context).TenantId, cancellationToken) is { } seen)
        {
            return Results.Json(MxResource.Of(seen, served));
        }

        return MxShows.Busy(context).ToResult();
    }
}
