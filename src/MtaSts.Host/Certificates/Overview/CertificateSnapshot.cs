using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>How the certificates of this node do, as of a moment ago: what health and metrics read. Immutable.</summary>
/// <param name="Served">How many certificates this node presents.</param>
/// <param name="Expired">How many of them have run out.</param>
/// <param name="ExpiredSince">Since when the first of them has.</param>
/// <param name="Late">How many have less than a quarter of their life left, the expired ones among them.</param>
/// <param name="LateSince">Since when the first of them has.</param>
/// <param name="Jobs">Null as long as the store has not been read, and where no CA is asked.</param>
internal sealed record CertificateSnapshot(int Served, int Expired, DateTimeOffset? ExpiredSince, int Late, DateTimeOffset? LateSince, JobSnapshot? Jobs)
{
    /// <summary>From memory alone: it tells the truth while the store is away.</summary>
    public static CertificateSnapshot Of(IEnumerable<HostCertificate> certificates, JobSnapshot? jobs, DateTimeOffset now)
    {
        var (served, expired, late) = (0, 0, 0);
        DateTimeOffset? expiredSince = null;
        DateTimeOffset? lateSince = null;
        foreach (var certificate in certificates)
        {
            served++;
            var dates = new CertificateDates(certificate.NotBefore, certificate.NotAfter);
            if (!dates.IsLateAt(now))
            {
                continue;
            }

            late++;
            var lateAt = dates.LateAt;
            lateSince = lateSince < lateAt ? lateSince : lateAt;
            if (certificate.NotAfter < now)
            {
                expired++;
                expiredSince = expiredSince < certificate.NotAfter ? expiredSince : certificate.NotAfter;
            }
        }

        return new CertificateSnapshot(served, expired, expiredSince, late, lateSince, jobs);
    }
}

/// <summary>What the store says of issuing.</summary>
/// <param name="States">Jobs in each state.</param>
/// <param name="OldestDue">See <see cref="CertificatesSummary.OldestDue"/>.</param>
/// <param name="Authorities">The CAs of the settings.</param>
internal sealed record JobSnapshot(IReadOnlyDictionary<JobState, int> States, DueJob? OldestDue, IReadOnlyList<AuthoritySnapshot> Authorities);

/// <param name="Role">Of the CA.</param>
/// <param name="Account">Null while there is none.</param>
/// <param name="AccountSince">Since when it is so.</param>
/// <param name="OpenSince">Since when its breaker is open; null while it is closed.</param>
/// <param name="ProbeAt">When it is tried again.</param>
internal sealed record AuthoritySnapshot(CaRole Role, AccountState? Account, DateTimeOffset? AccountSince, DateTimeOffset? OpenSince, DateTimeOffset? ProbeAt);
