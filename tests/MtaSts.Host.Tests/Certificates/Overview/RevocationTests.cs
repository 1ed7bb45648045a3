using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Acme;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Overview;

/// <summary>`POST /domains/{domain}/certificate/revocation` against the stub CA.</summary>
public sealed class RevocationTests(AcmeApps apps) : IClassFixture<AcmeApps>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_revoked_certificate_is_presented_until_the_next_one_which_comes_before_all_others(StoreKind kind)
    {
        await using var rig = await Rig.StartAsync(apps, kind);
        var domain = await rig.IssueAsync();

        var answer = (await rig.RevokeAsync(domain, "superseded")).Is(HttpStatusCode.Accepted);

        Assert.Equal(4, rig.Ca.Certificates.Single().RevocationReason);
        Assert.Equal("revoked", answer.Member("state"));
        Assert.Equal("queued", answer.Json.GetProperty("issuance").GetProperty("state").GetString());
        var job = await AcmeApps.JobAsync(rig.App, domain);
        Assert.Equal((JobState.Queued, JobPriority.Revoked, true, true), (job.State, job.Priority, job.IsRevoked, job.SealedKey is null));
        var line = (await rig.App.Admin.GetAnswerAsync($"audit?domain={domain}")).Json.GetProperty("items")[0];
        Assert.Equal(("certificate.revocation", "superseded"), (line.GetProperty("action").GetString(), line.GetProperty("detail").GetString()));
        (await rig.RevokeAsync(domain, "superseded")).IsProblem(HttpStatusCode.Conflict, "certificate.revoked");
        Assert.Equal([domain], (await rig.App.Admin.GetAnswerAsync("certificates?state=revoked")).Items("domain"));
        var counts = (await rig.App.Admin.GetAnswerAsync("certificates/summary")).Json.GetProperty("certificates");
        Assert.Equal((1, 0), (counts.GetProperty("revoked").GetInt32(), counts.GetProperty("valid").GetInt32()));
    }

    [Fact]
    public async Task Without_the_account_that_issued_it_the_certificates_own_key_revokes()
    {
        await using var rig = await Rig.StartAsync(apps);
        var lost = await rig.IssueAsync();
        var imported = await rig.IssueAsync(row => (row.Origin, row.Directory, row.AccountUrl) = (CertificateOrigin.Imported, null, null));
        rig.Ca.DeactivateAccounts();

        (await rig.RevokeAsync(lost, "keyCompromise")).Is(HttpStatusCode.Accepted);
        (await rig.RevokeAsync(imported, "unspecified")).Is(HttpStatusCode.Accepted);

        Assert.Equal([1, 0], rig.Ca.Certificates.Select(certificate => certificate.RevocationReason));
    }

    [Fact]
    public async Task What_the_CA_says_against_it_is_the_answer_and_nothing_changes()
    {
        await using var rig = await Rig.StartAsync(apps);
        var domain = await rig.IssueAsync();
        rig.Ca.Fail(StubRequestKind.Revoke, StubFailure.Of(400, "badRevocationReason", "reason 5 is for others"));
        var refused = (await rig.RevokeAsync(domain, "cessationOfOperation")).IsProblem(HttpStatusCode.Conflict, "ca.refused");
        Assert.Contains("reason 5 is for others", refused.Member("detail"), StringComparison.Ordinal);

        rig.Ca.Fail(StubRequestKind.Revoke, StubFailure.Of(500, "serverInternal", "no disk"), times: 100);
        var failed = (await rig.RevokeAsync(domain, "superseded")).IsProblem(HttpStatusCode.BadGateway, "ca.failed");
        Assert.Contains("no disk", failed.Member("detail"), StringComparison.Ordinal);

        Assert.Null(rig.Ca.Certificates.Single().RevocationReason);
        Assert.Equal("valid", (await rig.App.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Member("state"));
        Assert.Equal(JobState.Idle, (await AcmeApps.JobAsync(rig.App, domain)).State);
    }

    [Fact]
    public async Task A_certificate_of_a_CA_that_no_setting_names_is_left_alone()
    {
        await using var rig = await Rig.StartAsync(apps);
        var domain = await rig.IssueAsync(row => row.Directory = "https://former.ca.example/directory");

        var answer = (await rig.RevokeAsync(domain, "superseded")).IsProblem(HttpStatusCode.Conflict, "certificate.foreign");

        Assert.Contains("https://former.ca.example/directory", answer.Member("detail"), StringComparison.Ordinal);
        Assert.Equal(0, rig.Ca.Count(StubRequestKind.Revoke));
    }

    /// <summary>A service whose main CA is a stub.</summary>
    private sealed class Rig : IAsyncDisposable
    {
        private readonly AcmeApps _apps;
        private readonly TestFolder _folder;

        private Rig(AcmeApps apps, TestFolder folder, StubCa ca, HostApp app)
        {
            (_apps, _folder, Ca, App) = (apps, folder, ca, app);
        }

        public StubCa Ca { get; }

        public HostApp App { get; }

        public static async Task<Rig> StartAsync(AcmeApps apps, StoreKind kind = StoreKind.Sqlite)
        {
            var folder = new TestFolder();
            var ca = await StubCa.StartAsync();
            var roots = Path.Combine(folder.Path, "roots.pem");
            await File.WriteAllTextAsync(roots, ca.RootPem, Cancel);
            var app = await apps.StartAsync(kind, ("Acme:DirectoryUrl", ca.DirectoryUrl.AbsoluteUri), ("Acme:TrustedRoots", roots), ("Acme:Fallback:DirectoryUrl", ""));
            await app.AddTenantAsync();
            return new Rig(apps, folder, ca, app);
        }

        /// <summary>A domain with a certificate of the CA.</summary>
        public async Task<string> IssueAsync(Action<StoredCertificate>? change = null)
        {
            var ca = App.Services.GetRequiredService<CertificateAuthorities>().Of(CaRole.Main);
            var account = await App.Services.GetRequiredService<AcmeAccounts>().OpenAsync(ca, Cancel);
            var now = App.Clock.GetUtcNow();
            var domain = await _apps.AddAsync(App);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var order = await ca.Client.CreateOrderAsync(account, [$"mta-sts.{domain}"], cancellationToken: Cancel);
            var authorization = await ca.Client.GetAuthorizationAsync(account, order.Authorizations.Single(), Cancel);
            await ca.Client.AnswerChallengeAsync(account, authorization.FindChallenge(AcmeChallengeTypes.Http01)!.Url, Cancel);
            order = await ca.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create([$"mta-sts.{domain}"], key), Cancel);
            var chain = await ca.Client.DownloadAsync(account, order.Certificate!, Cancel);
            await AcmeApps.PutAsync(App, $"mta-sts.{domain}", chain.Leaf.ToArray(), key, now.AddHours(-1), now.AddDays(89), row =>
            {
                (row.Directory, row.AccountUrl) = (ca.Directory, account.Url.AbsoluteUri);
                change?.Invoke(row);
            });
            await AcmeApps.SetJobAsync(App, domain, job => JobRules.Issued(job, new CertificateDates(now.AddHours(-1), now.AddDays(89)), null, now, Random.Shared));
            return domain;
        }

        public Task<ApiAnswer> RevokeAsync(string domain, string reason) => App.Admin.CallAsync("POST", $"domains/{domain}/certificate/revocation", new { reason });

        public async ValueTask DisposeAsync()
        {
            await App.DisposeAsync();
            await Ca.DisposeAsync();
            _folder.Dispose();
        }
    }
}
