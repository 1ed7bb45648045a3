using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How many queued names may be taken up now for a CA, so that nobody takes one up only to put it down again.</summary>
/// <param name="First">Names it has not issued for.</param>
/// <param name="Renewals">Others.</param>
/// <param name="FirstAt">When there is more than none of <paramref name="First"/>.</param>
/// <param name="RenewalsAt">The same for <paramref name="Renewals"/>.</param>
internal readonly record struct CaAllowance(int First, int Renewals, DateTimeOffset FirstAt, DateTimeOffset RenewalsAt)
{
    public static CaAllowance Of(TokenRate firstRate, TokenRate renewalRate, CaCondition? ca, IssuanceBucket? first, IssuanceBucket? renewals, DateTimeOffset now)
    {
        var open = CaBreaker.MayTryAt(ca);
        var firstAt = Latest(TokenBucket.AvailableAt(first, firstRate, now), open, BudgetRules.HeldUntil(ca, isExempt: false, now) ?? now);
        var renewalsAt = Latest(TokenBucket.AvailableAt(renewals, renewalRate, now), open, now);
        var most = CaBreaker.IsOpen(ca) ? 1 : int.MaxValue;
        return new(
            firstAt > now ? 0 : (int)Math.Min(most, Math.Round(TokenBucket.Level(first, firstRate, now), 5)),
            renewalsAt > now ? 0 : (int)Math.Min(most, Math.Round(TokenBucket.Level(renewals, renewalRate, now), 5)),
            firstAt,
            renewalsAt);
    }

    private static DateTimeOffset Latest(DateTimeOffset a, DateTimeOffset b, DateTimeOffset c) => Later(Later(a, b), c);

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
