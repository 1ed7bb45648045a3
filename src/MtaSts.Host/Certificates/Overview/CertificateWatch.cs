using System.Diagnostics.Metrics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>
/// Loop: looks every half minute how the certificates do, so that health and metrics cost nothing and answer while the store is away. What
/// it says is for whoever has no key: no names, no words of a CA.
/// </summary>
internal sealed partial class CertificateWatch : RoundLoop
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(30);

    private readonly CertificateVault _vault;
    private readonly Store _store;
    private readonly bool _asksCa;
    private readonly CaChoice _choice;
    private readonly CaClock? _caClock;
    private readonly ILogger<CertificateWatch> _logger;
    private volatile CertificateSnapshot _current = new(0, 0, null, 0, null, null);
    private long _clockWrongSince;

    /// <remarks>The CA's clock is only known where a CA is asked.</remarks>
    public CertificateWatch(
        CertificateVault vault,
        Store store,
        IOptions<CertificatesOptions> options,
        CaChoice choice,
        IEnumerable<CaClock> caClock,
        IMeterFactory meters,
        TimeProvider clock,
        ILogger<CertificateWatch> logger)
        : base(LookEvery, clock)
    {
        (_vault, _store, _logger) = (vault, store, logger);
        _asksCa = options.Value.Source == CertificateSource.Acme;
        _choice = choice;
        _caClock = caClock.FirstOrDefault();
        Observe(meters.Create(TlsMetrics.MeterName));
    }

    /// <summary>What keeps certificates from being good, now or soon: part, one sentence, since when.</summary>
    public IEnumerable<(string Part, string Reason, DateTimeOffset Since)> Troubles()
    {
        var current = _current;
        if (current.Expired > 0)
        {
            yield return ("certificates", $"{current.Expired} of {current.Served} certificates have expired; senders cannot fetch these policies", current.ExpiredSince!.Value);
        }

        if (current.Late > current.Expired)
        {
            yield return ("certificates", $"{current.Late - current.Expired} of {current.Served} certificates have less than a quarter of their life left, their renewal fails", current.LateSince!.Value);
        }

        foreach (var ca in current.Jobs?.Authorities ?? [])
        {
            var role = CertificateWords.Of(ca.Role);
            if (ca.OpenSince is { } openSince)
            {
                yield return ("ca", $"the {role} CA fails and is left alone; it is tried again at {ca.ProbeAt:u}", openSince);
            }

            if (ca.Account is AccountState.Dead or AccountState.NeedsOperator)
            {
                var remedy = ca.Account == AccountState.Dead ? "is dead: `mtasts acme new-account` makes another one" : "waits for the operator: `mtasts acme account` says for what";
                yield return ("account", $"the account at the {role} CA {remedy}", ca.AccountSince!.Value);
            }
        }

        if (ClockWrong() is { } clock)
        {
            yield return ("clock", $"the clock of this machine is wrong, that of the CA is {clock.Ahead:g} ahead; nothing is ordered before they agree", clock.Since);
        }
    }

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        // What the store said last stands while it is away.
        _current = CertificateSnapshot.Of(_vault.Certificates, _current.Jobs, Clock.GetUtcNow());
        _ = ClockWrong();
        if (_asksCa)
        {
            _current = _current with { Jobs = await ReadAsync(cancellationToken) };
        }

        return false;
    }

    protected override void TellFailure(string reason) => Log.LookFailed(_logger, reason);

    private async Task<JobSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        await using var db = _store.Open();
        var accounts = await db.AcmeRegistrations.Select(row => new { row.Directory, row.State, row.Since }).ToDictionaryAsync(row => row.Directory, cancellationToken);
        var conditions = await db.CaConditions.ToDictionaryAsync(row => row.Directory, cancellationToken);
        return new JobSnapshot(
            await CertificateSummaries.StatesAsync(db, cancellationToken),
            await CertificateSummaries.OldestDueAsync(db, Clock.GetUtcNow(), cancellationToken),
            [.. _choice.Roles.Select(role =>
            {
                var directory = _choice.DirectoryOf(role);
                var (account, condition) = (accounts.GetValueOrDefault(directory), conditions.GetValueOrDefault(directory));
                return new AuthoritySnapshot(role, account?.State, account?.Since, condition?.OpenSince, condition?.ProbeAt);
            })]);
    }

    private (TimeSpan Ahead, DateTimeOffset Since)? ClockWrong()
    {
        if (_caClock?.Wrong is not { } ahead)
        {
            Interlocked.Exchange(ref _clockWrongSince, 0);
            return null;
        }

        var now = Clock.GetUtcNow().UtcTicks;
        var since = Interlocked.CompareExchange(ref _clockWrongSince, now, 0);
        return (ahead, new DateTimeOffset(since == 0 ? now : since, TimeSpan.Zero));
    }

    private void Observe(Meter meter)
    {
        meter.CreateObservableGauge("mtasts.certificates.served", () => _current.Served, description: "Certificates that this node presents");
        meter.CreateObservableGauge("mtasts.certificates.expired", () => _current.Expired, description: "Certificates that are presented although they have expired");
        meter.CreateObservableGauge(
            "mtasts.certificates.late_share", () => _current.Served == 0 ? 0 : (double)_current.Late / _current.Served, description: "Share of certificates with less than a quarter of their life left, expired ones among them");
        if (!_asksCa)
        {
            return;
        }

        meter.CreateObservableGauge(
            "mtasts.issuance.oldest_due", OldestDue, unit: "s", description: "How long the job that waits longest has been due; new names in the queue do not count");
        meter.CreateObservableGauge("mtasts.issuance.jobs", Jobs, description: "Policy hosts by the state of their issuing");
        meter.CreateObservableGauge("mtasts.ca.breaker_open", Breakers, description: "1 while the CA is left alone because it fails");
        meter.CreateObservableGauge("mtasts.ca.account", Accounts, description: "1 for the state that our account at the CA is in");
    }

    private double OldestDue() => _current.Jobs?.OldestDue is { } due ? Math.Max(0, (Clock.GetUtcNow() - due.DueAt).TotalSeconds) : 0;

    private IEnumerable<Measurement<int>> Jobs() => _current.Jobs is not { } jobs
        ? []
        : CertificateWords.States.Select(state => new Measurement<int>(jobs.States.GetValueOrDefault(state), Tag("state", CertificateWords.Of(state))));

    private IEnumerable<Measurement<int>> Breakers() => _current.Jobs is not { } jobs
        ? []
        : jobs.Authorities.Select(ca => new Measurement<int>(ca.OpenSince is null ? 0 : 1, Tag("ca", CertificateWords.Of(ca.Role))));

    private IEnumerable<Measurement<int>> Accounts() => _current.Jobs is not { } jobs
        ? []
        : from ca in jobs.Authorities
          where ca.Account is not null
          from state in Enum.GetValues<AccountState>()
          select new Measurement<int>(ca.Account == state ? 1 : 0, Tag("ca", CertificateWords.Of(ca.Role)), Tag("state", CertificateWords.Of(state)));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static partial class Log
    {
        [LoggerMessage(497, LogLevel.Warning, "How the certificates do cannot be looked up ({Reason}); health and metrics show what was known last")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
