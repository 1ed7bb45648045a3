using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>`/domains/{domain}/records`: what the customer has to set and what this service publishes for him, with what DNS gives.</summary>
internal static class RecordsApi
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/domains/{domain}/records", RecordsAsync)
        .WithTags("Domains")
        .WithSummary("Shows the DNS records of a domain, those that its owner has to set among them, and looks at them")
        .WithMetadata(new DocumentedParameter("tenant", "Whose domain, where several tenants hold the name (provider keys)."))
        .WithQuery(("format", "Answers text instead, of what the owner has to set: zone, terraform or dnscontrol."))
        .Answers<Page<RecordResource>>();

    private static async Task<IResult> RecordsAsync(string domain, HttpContext context, Store store, DomainRecords records, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        if (context.Request.Query.TryGetValue("format", out var format))
        {
            var word = format.ToString();
            if (!RecordFormats.All.Contains(word))
            {
                return ApiProblem.InvalidInput("format.value", "format", $"format must be one of {string.Join(", ", RecordFormats.All)}.").ToResult();
            }

            var (customer, wanted) = await records.WantedAsync(row!, cancellationToken);
            return Results.Text(RecordFormats.Write(word, customer, wanted), "text/plain; charset=utf-8");
        }

        return Results.Json(new Page<RecordResource>(await records.ReadAsync(row!, isKept: true, cancellationToken), Next: null));
    }
}
