using Microsoft.Extensions.Options;
using MtaSts.Host.Domains;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates;

/// <summary>What this node serves for a domain: a version is out when its text and a certificate of its host are there.</summary>
internal sealed class ServingStatus(PublishedPolicies published, CertificateVault vault, IOptions<CertificatesOptions> options, TimeProvider clock) : IServingStatus
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    private long _waitingSince;

    /// <summary>How many hosts have a policy and no certificate yet, and since when some have been seen to; null when none has.</summary>
    public (int Count, DateTimeOffset Since)? WithoutCertificate()
    {
        // Counts, not a walk over a million names: what is in one and not in the other is rare, and short.
        var count = published.Count - vault.Count;
        if (count <= 0)
        {
            Interlocked.Exchange(ref _waitingSince, 0);
            return null;
        }

        var now = clock.GetUtcNow().UtcTicks;
        var since = Interlocked.CompareExchange(ref _waitingSince, now, 0);
        return (count, new DateTimeOffset(since == 0 ? now : since, TimeSpan.Zero));
    }

    public int? ServedVersion(MailDomain domain, long domainId) =>
        published.TryGet(domain.Name, out var policy) && policy.DomainId == domainId && vault.TryGet(domain.PolicyHost, out _) ? policy.Version : null;

    public async Task UntilServedAsync(MailDomain domain, long domainId, int version, CancellationToken cancellationToken)
    {
        var timeUp = Task.Delay(LongestWait, cancellationToken);
        while (true)
        {
            var changed = Task.WhenAny(published.Changed.Next, vault.Changed.Next, timeUp);
            if (ServedVersion(domain, domainId) >= version || WaitsForCa(domain, domainId, version) || timeUp.IsCompleted)
            {
                return;
            }

            await changed;
        }
    }

    // A CA takes its time, in a bulk for weeks: the text is in place, and the first certificate brings it out.
    private bool WaitsForCa(MailDomain domain, long domainId, int version) =>
        options.Value.Source == CertificateSource.Acme
        && !vault.TryGet(domain.PolicyHost, out _)
        && published.TryGet(domain.Name, out var policy) && policy.DomainId == domainId && policy.Version >= version;

    public CertificateSummary Certificate(MailDomain domain)
    {
        if (!vault.TryGet(domain.PolicyHost, out var certificate))
        {
            return CertificateSummary.None;
        }

        var now = clock.GetUtcNow();
        // An expired certificate is still presented: no handshake at all would help nobody more.
        var state = now > certificate.NotAfter ? "expired" : now >= certificate.RenewAt ? "expiring" : "valid";
        return new CertificateSummary(state, certificate.NotAfter);
    }
}
