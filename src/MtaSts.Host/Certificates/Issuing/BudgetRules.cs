using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Our own limits in front of the CA's: which bucket an order draws on.</summary>
internal static class BudgetRules
{
    // Let's Encrypt fills 300 orders in three hours, and so may we: at nine tenths of its rate its bucket never runs empty.
    private const int HoursOfBurst = 3;

    // Staging: 1500 in three hours, with the same tenth left.
    private const int StagingPerHour = 450;

    public static (string Name, TokenBucket Bucket) Of(CaRole role, string directory, bool isFirst, int newPerHour, int renewalsPerHour) => (role, isFirst) switch
    {
        (CaRole.Staging, _) => ($"staging {directory}", new TokenBucket(HoursOfBurst * StagingPerHour, StagingPerHour)),
        (_, true) => ($"first {directory}", new TokenBucket(HoursOfBurst * newPerHour, newPerHour)),
        _ => ($"renewals {directory}", new TokenBucket(renewalsPerHour, renewalsPerHour)),
    };
}
