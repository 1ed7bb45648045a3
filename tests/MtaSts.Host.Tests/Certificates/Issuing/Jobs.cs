using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Jobs and certificates as tests need them, at one time.</summary>
internal static class Jobs
{
    public static readonly DateTimeOffset Now = new(2026, 9, 1, 12, 0, 0, TimeSpan.Zero);

    public static readonly CaChoice OnlyMain = new("https://main.test/");

    public static readonly CaChoice AllCas = new("https://main.test/", "https://second.test/", "https://staging.test/");

    public static readonly JobFailure NameFailure = new(FailureKind.Name, "connection", "Nobody answers.");

    public static readonly JobFailure CaFailure = new(FailureKind.Ca, "ca.failed", "500");

    public static Random Dice => new(7);

    public static CertificateJob New() => JobRules.New("mta-sts.a.test", Now, 0.5);

    public static CertificateDates Dates(double lifeInDays, double remaining)
    {
        var life = TimeSpan.FromDays(lifeInDays);
        return new(Now - (life * (1 - remaining)), Now + (life * remaining));
    }

    /// <summary>Queued, with no certificate.</summary>
    public static CertificateJob NewQueued()
    {
        var job = New();
        JobRules.PreflightPassed(job, Now);
        return job;
    }

    public static CertificateJob Idle(CertificateDates inService)
    {
        var job = New();
        JobRules.Adopted(job, inService, "first", Now, Dice);
        return job;
    }

    /// <summary>A renewal at work.</summary>
    public static CertificateJob Running(CertificateDates? inService = null)
    {
        var job = inService is { } dates ? Idle(dates) : NewQueued();
        JobRules.RenewalDue(job, inService, Now);
        JobRules.Started(job, Now);
        return job;
    }

    /// <summary>With an order at the CA.</summary>
    public static CertificateJob Ordered(CertificateDates? inService = null)
    {
        var job = Running(inService);
        (job.Step, job.OrderUrl, job.SealedKey, job.Directory) = (JobStep.Finalize, "https://main.test/order/1", [1], OnlyMain.Main);
        return job;
    }
}
