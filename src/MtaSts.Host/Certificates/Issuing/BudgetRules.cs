using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Which of our own buckets an order takes a token from.</summary>
internal static class BudgetRules
{
    private const double LimitHours = 3;
    private const double WeekHours = 7 * 24;

    // A safety limit has to bite early: ten minutes of it at once.
    private const double RenewalBurstHours = 1.0 / 6;

    /// <summary>All of them, or the order is not made.</summary>
    /// <param name="limits">Of the settings.</param>
    /// <param name="role">The CA's.</param>
    /// <param name="directory">The CA's.</param>
    /// <param name="host">The policy host.</param>
    /// <param name="isRenewal">The certificate in service is this CA's: then neither the account's limit nor the registered domain's applies.</param>
    public static IReadOnlyList<BucketUse> Uses(BudgetLimits limits, CaRole role, string directory, string host, bool isRenewal)
    {
        if (role == CaRole.Staging)
        {
            return [First(limits, role, directory)];
        }

        return isRenewal
            ? [Renewals(limits, directory)]
            : [First(limits, role, directory), new($"domain {directory} {RegisteredDomain.Of(host)}", new(limits.PerRegisteredDomain / WeekHours, limits.PerRegisteredDomain))];
    }

    /// <summary>What first orders at a CA have in common.</summary>
    public static BucketUse First(BudgetLimits limits, CaRole role, string directory)
    {
        var perHour = role == CaRole.Staging ? limits.StagingPerHour : limits.FirstPerHour;
        return new($"{(role == CaRole.Staging ? "staging" : "first")} {directory}", new(perHour, perHour * LimitHours));
    }

    public static BucketUse Renewals(BudgetLimits limits, string directory) =>
        new($"renewal {directory}", new(limits.RenewalsPerHour, Math.Max(1, limits.RenewalsPerHour * RenewalBurstHours)));

    /// <summary>Until when the CA's own word holds an order up; null: not at all. Renewals that name what they replace (RFC 9773 §5) are exempt from limits.</summary>
    public static DateTimeOffset? HeldUntil(CaCondition? ca, bool isExempt, DateTimeOffset now) =>
        !isExempt && ca?.LimitedUntil is { } until && until > now ? until : null;
}
