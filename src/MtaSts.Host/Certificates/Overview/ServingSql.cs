using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>
/// Serving states counted and found by the database: shares of a life need arithmetic on dates, which EF Core does not translate. Ticks and
/// quoted names are the same on both providers.
/// </summary>
internal static class ServingSql
{
    // The same rule as HostCertificate.RenewalAdvised, in whole numbers.
    private const string IsPastRenewal = """
        CASE WHEN "NotAfter" - "NotBefore" < {3} THEN ({0} - "NotBefore") * 2 >= "NotAfter" - "NotBefore" ELSE ({0} - "NotBefore") * 3 >= ("NotAfter" - "NotBefore") * 2 END
        """;

    // Of hosts that are no longer served certificates are kept for a while; nobody asks after them. Those that a CA revoked by itself only
    // their jobs know, at the very front of the queue.
    private const string Dates = """
        SELECT "HostName", "NotBefore", "NotAfter", "RevokedAt" IS NOT NULL
            OR "HostName" IN (SELECT "HostName" FROM certificate_jobs WHERE "State" <> {1} AND "Priority" = {2} AND "IsRevoked") AS "IsRevoked"
        FROM certificates WHERE "HostName" NOT IN (SELECT "HostName" FROM certificate_jobs WHERE "State" = {1})
        """;

    private const string Count = $"""
        SELECT COUNT(*) AS "Total",
            COALESCE(SUM(CASE WHEN c."IsRevoked" THEN 1 ELSE 0 END), 0) AS "Revoked",
            COALESCE(SUM(CASE WHEN NOT c."IsRevoked" AND "NotAfter" < {"{0}"} THEN 1 ELSE 0 END), 0) AS "Expired",
            COALESCE(SUM(CASE WHEN NOT c."IsRevoked" AND "NotAfter" >= {"{0}"} AND ({IsPastRenewal}) THEN 1 ELSE 0 END), 0) AS "Expiring",
            COALESCE(SUM(CASE WHEN ("NotAfter" - {"{0}"}) * 4 < "NotAfter" - "NotBefore" THEN 1 ELSE 0 END), 0) AS "Late"
        FROM ({Dates}) c
        """;

    private const string Past = $"""SELECT "HostName" AS "Value" FROM certificates WHERE "NotAfter" >= {"{0}"} AND ({IsPastRenewal})""";

    private const string NotPast = $"""SELECT "HostName" AS "Value" FROM certificates WHERE "NotAfter" >= {"{0}"} AND NOT ({IsPastRenewal})""";

    public static Task<Counted> CountAsync(HostDbContext db, DateTimeOffset now, CancellationToken cancellationToken) =>
        db.Database.SqlQueryRaw<Counted>(Count, Arguments(now)).SingleAsync(cancellationToken);

    /// <summary>Hosts with a certificate that has not expired; those past the date of renewal, or the others.</summary>
    public static IQueryable<string> Unexpired(HostDbContext db, bool isPastRenewal, DateTimeOffset now) =>
        db.Database.SqlQueryRaw<string>(isPastRenewal ? Past : NotPast, Arguments(now));

    private static object[] Arguments(DateTimeOffset now) => [now.UtcTicks, (int)JobState.Retired, Issuing.JobPriority.Revoked, HostCertificate.ShortLife.Ticks];

    internal sealed record Counted(long Total, long Revoked, long Expired, long Expiring, long Late);
}
