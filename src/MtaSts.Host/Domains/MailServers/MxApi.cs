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

    private static async Task<IResult> ShowAsync(string domain, HttpContext context, Store store, MxLook look, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return problem?.ToResult() ?? Results.Json(MxResource.Of(await look.LookAsync(row!.Name, cancellationToken), row.PolicyOrNull()?.Mx ?? []));
    }

    private static async Task<IResult> ShowAnyAsync(HttpContext context, MxLook look, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).Refuse(ApiRole.Editor) is { } refusal)
        {
            return refusal.ToResult();
        }

        var (domain, problem) = await context.ReadDomainAsync();
        return problem?.ToResult() ?? Results.Json(MxResource.Of(await look.LookAsync(domain!.Name, cancellationToken), []));
    }
}
