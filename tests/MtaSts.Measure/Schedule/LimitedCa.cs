using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Lookups;

namespace MtaSts.Measure.Schedule;

/// <summary>
/// The limits of Let's Encrypt as of August 2026, and its windows for renewals. A renewal that names what it replaces, inside its window, is exempt from
/// all limits; another one for the same names from those of the account and of the registered domain.
/// </summary>
internal sealed class LimitedCa(ScheduleResult result)
{
    private const int MostOrders = 300;
    private const int MostStagingOrders = 1500;
    private const int MostPerDomain = 50;
    private const int MostExact = 5;
    private const int MostFailures = 5;
    private const int MostStagingFailures = 200;
    private const int MostInARow = 1152;

    private static readonly TimeSpan OrderRefill = TimeSpan.FromSeconds(36);
    private static readonly TimeSpan StagingOrderRefill = TimeSpan.FromSeconds(7.2);
    private static readonly TimeSpan DomainRefill = TimeSpan.FromMinutes(202);
    private static readonly TimeSpan ExactRefill = TimeSpan.FromHours(34);
    private static readonly TimeSpan FailureRefill = TimeSpan.FromMinutes(12);
    private static readonly TimeSpan StagingFailureRefill = TimeSpan.FromSeconds(18);
    private static readonly TimeSpan InARowRefill = TimeSpan.FromDays(1);

    private readonly Dictionary<string, Allowance> _domains = [];
    private Allowance _orders;
    private Allowance _stagingOrders;

    /// <summary>RFC 9773 §4.2: two percent of the life around two thirds of it, or a half of a short one; in the past for what is called back.</summary>
    public static (DateTimeOffset Start, DateTimeOffset End) Window(CertificateDates dates, bool isCalledBack)
    {
        if (isCalledBack)
        {
            return (dates.NotBefore - TimeSpan.FromHours(2), dates.NotBefore - TimeSpan.FromHours(1));
        }

        var ideal = dates.NotBefore + (dates.Life * (dates.Life < TimeSpan.FromDays(10) ? 0.5 : 2.0 / 3));
        return (ideal - (dates.Life * 0.01), ideal + (dates.Life * 0.01));
    }

    /// <returns>Null: the order is made. Else when to come again.</returns>
    public DateTimeOffset? Order(SimulatedName name, bool isStaging, DateTimeOffset now)
    {
        if (isStaging)
        {
            result.StagingOrders++;
            return !name.StagingAuthorizations.HasOne(now, MostStagingFailures, StagingFailureRefill) ? Refuse("staging: failed authorizations", name.StagingAuthorizations.NextAt(now, MostStagingFailures, StagingFailureRefill))
                : !_stagingOrders.TryTake(now, MostStagingOrders, StagingOrderRefill) ? Refuse("staging: orders", _stagingOrders.NextAt(now, MostStagingOrders, StagingOrderRefill))
                : null;
        }

        result.Ordered(now);
        if (IsExempt(name, now))
        {
            return null;
        }

        if (!name.InARow.HasOne(now, MostInARow, InARowRefill))
        {
            return Refuse("paused", DateTimeOffset.MaxValue);
        }

        if (!name.Authorizations.HasOne(now, MostFailures, FailureRefill))
        {
            return Refuse("failed authorizations", name.Authorizations.NextAt(now, MostFailures, FailureRefill));
        }

        // Orders are judged by the certificates that were issued: an order that fails takes nothing from this limit and the domain's.
        if (!name.ExactSet.HasOne(now, MostExact, ExactRefill))
        {
            return Refuse("exact set of names", name.ExactSet.NextAt(now, MostExact, ExactRefill));
        }

        return name.IsKnownToCa ? null : FirstOrder(name, now);
    }

    public static void ValidationFailed(SimulatedName name, bool isStaging, DateTimeOffset now)
    {
        if (isStaging)
        {
            name.StagingAuthorizations.TryTake(now, MostStagingFailures, StagingFailureRefill);
        }
        else
        {
            name.Authorizations.TryTake(now, MostFailures, FailureRefill);
            name.InARow.TryTake(now, MostInARow, InARowRefill);
        }
    }

    public void Issued(SimulatedName name, bool isExempt, DateTimeOffset now)
    {
        name.InARow.Reset();
        if (isExempt)
        {
            return;
        }

        name.ExactSet.TryTake(now, MostExact, ExactRefill);
        if (!name.IsKnownToCa)
        {
            var registered = RegisteredDomain.Of(name.Job.HostName);
            var domain = _domains.GetValueOrDefault(registered);
            domain.TryTake(now, MostPerDomain, DomainRefill);
            _domains[registered] = domain;
        }
    }

    public static bool IsExempt(SimulatedName name, DateTimeOffset now) =>
        name.IsKnownToCa && name.InService is { } dates && Window(dates, name.IsCalledBack) is var (start, end) && now >= start && now <= end;

    private DateTimeOffset? FirstOrder(SimulatedName name, DateTimeOffset now)
    {
        var registered = RegisteredDomain.Of(name.Job.HostName);
        var domain = _domains.GetValueOrDefault(registered);
        if (!domain.HasOne(now, MostPerDomain, DomainRefill))
        {
            return Refuse("registered domain", domain.NextAt(now, MostPerDomain, DomainRefill));
        }

        return _orders.TryTake(now, MostOrders, OrderRefill) ? null : Refuse("orders of the account", _orders.NextAt(now, MostOrders, OrderRefill));
    }

    private DateTimeOffset Refuse(string limit, DateTimeOffset retryAt)
    {
        result.Refuse(limit);
        return retryAt;
    }
}
