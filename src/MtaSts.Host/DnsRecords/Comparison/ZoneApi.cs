using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>`/zone`, for the provider.</summary>
internal static class ZoneApi
{
    public static void Map(IEndpointRouteBuilder api) => api.MapGet("/zone", GetAsync)
        .WithTags("Zone")
        .WithSummary("Shows what the last comparison of Dns:Zone with what is published found (provider)")
        .Answers<ZoneResource>();

    private static async Task<IResult> GetAsync(HttpContext context, Store store, IOptions<DnsOptions> options, ZoneComparison comparison, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).RefuseUnlessProvider(ApiRole.Viewer) is { } refusal)
        {
            return refusal.ToResult();
        }

        var zone = options.Value.Zone;
        var publisher = EnumWords.Of(options.Value.Publisher);
        await using var db = store.Open();
        // Of a publisher that was another one before, nothing holds any more.
        var row = comparison.IsPossible ? await db.ZoneReports.SingleOrDefaultAsync(row => row.Zone == zone, cancellationToken) : null;
        var items = row is null ? null : JsonSerializer.Deserialize(row.Items, ZoneJson.Default.ZoneItems);
        return Results.Json(new ZoneResource(
            zone.Length == 0 ? null : zone,
            publisher,
            row?.ComparedAt,
            row?.Records ?? 0,
            new ZoneFinding(row?.Missing ?? 0, items?.Missing ?? []),
            new ZoneFinding(row?.Unknown ?? 0, items?.Unknown ?? []),
            row is { ProblemCode: { } code, Problem: { } message, ProblemSince: { } since } ? new ZoneProblem(code, message, since) : null));
    }
}
