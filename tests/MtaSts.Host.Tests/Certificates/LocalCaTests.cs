using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Data;
using MtaSts.Host.Domains;
using MtaSts.Host.Policies;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

public sealed class LocalCaTests
{
    private static MailDomain Domain(string name) => MailDomain.TryParse(name, out var domain, out _) ? domain : throw new ArgumentException(name);

    private static CancellationToken Bound => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("example.com")]
    [InlineData("a-domain-whose-policy-host-is-longer-than-sixty-four-characters.example.com")]
    [InlineData("xn--bcher-kva.example")]
    public async Task The_chain_validates_and_names_the_host_in_its_alternative_name_alone(string domain)
    {
        await using var rig = await CertificatesRig.StartAsync();
        var certificate = await rig.PublishAsync(domain);
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Leaf);
        using var intermediate = X509CertificateLoader.LoadCertificate(certificate.Issuers);
        using var root = X509CertificateLoader.LoadCertificateFromFile(rig.RootPath);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.ExtraStore.Add(intermediate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));

        Assert.True(chain.Build(leaf), string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.Equal(3, chain.ChainElements.Count);
        Assert.True(leaf.MatchesHostname("mta-sts." + domain, allowWildcards: false, allowCommonName: false));
        Assert.Equal("", leaf.Subject);
        Assert.True(leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().Critical);
    }

    [Fact]
    public async Task Each_certificate_carries_the_extensions_of_its_place()
    {
        await using var rig = await CertificatesRig.StartAsync();
        var certificate = await rig.PublishAsync("example.com");
        using var leaf = X509CertificateLoader.LoadCertificate(certificate.Leaf);
        using var intermediate = X509CertificateLoader.LoadCertificate(certificate.Issuers);
        using var root = X509CertificateLoader.LoadCertificateFromFile(rig.RootPath);

        Assert.Equal((true, 1), Authority(root));
        Assert.Equal((true, 0), Authority(intermediate));
        Assert.False(Authority(leaf).IsAuthority);
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, Usage(root));
        Assert.Equal(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, Usage(intermediate));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, Usage(leaf));
        Assert.Equal(Subject(root), Issuer(intermediate));
        Assert.Equal(Subject(intermediate), Issuer(leaf));
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(oid => oid.Value!));
        Assert.All([root, intermediate, leaf], each => Assert.Equal("1.2.840.10045.4.3.2", each.SignatureAlgorithm.Value));
        Assert.All([root, intermediate, leaf], each => Assert.InRange(each.NotBefore.ToUniversalTime(), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-65), TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-55)));
        Assert.All([intermediate, leaf], each => Assert.Equal(16, each.SerialNumberBytes.Length));
        Assert.Equal(TimeSpan.FromDays(90), certificate.NotAfter - certificate.NotBefore);
        Assert.Equal(certificate.NotAfter.UtcDateTime, leaf.NotAfter.ToUniversalTime());
        Assert.Equal(certificate.NotBefore.UtcDateTime, leaf.NotBefore.ToUniversalTime());

        static (bool IsAuthority, int PathLength) Authority(X509Certificate2 each)
        {
            var extension = each.Extensions.OfType<X509BasicConstraintsExtension>().Single();
            Assert.True(extension.Critical);
            return (extension.CertificateAuthority, extension.PathLengthConstraint);
        }

        static X509KeyUsageFlags Usage(X509Certificate2 each)
        {
            var extension = each.Extensions.OfType<X509KeyUsageExtension>().Single();
            Assert.True(extension.Critical);
            return extension.KeyUsages;
        }

        static string Subject(X509Certificate2 each) => Convert.ToHexString(each.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Single().SubjectKeyIdentifierBytes.Span);

        static string Issuer(X509Certificate2 each) => Convert.ToHexString(each.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span);
    }

    [Fact]
    public async Task Openssl_verifies_the_chain_strictly()
    {
        await using var rig = await CertificatesRig.StartAsync();
        var certificate = await rig.PublishAsync("example.com");
        var leaf = Path.Combine(rig.Folder, "leaf.pem");
        var intermediate = Path.Combine(rig.Folder, "intermediate.pem");
        await File.WriteAllTextAsync(leaf, X509CertificateLoader.LoadCertificate(certificate.Leaf).ExportCertificatePem(), Bound);
        await File.WriteAllTextAsync(intermediate, X509CertificateLoader.LoadCertificate(certificate.Issuers).ExportCertificatePem(), Bound);

        var output = await OpenSsl.RunAsync([
            "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "mta-sts.example.com", "-CAfile", rig.RootPath, "-untrusted", intermediate, leaf]);
        Assert.Equal($"{leaf}: OK\n", output);
    }

    [Fact]
    public async Task The_root_file_holds_the_root_alone_and_two_installations_have_two()
    {
        await using var first = await CertificatesRig.StartAsync();
        await using var second = await CertificatesRig.StartAsync();
        var roots = new X509Certificate2Collection();
        roots.ImportFromPemFile(first.RootPath);
        using var other = X509CertificateLoader.LoadCertificateFromFile(second.RootPath);

        Assert.DoesNotContain("PRIVATE KEY", await File.ReadAllTextAsync(first.RootPath, Bound), StringComparison.Ordinal);
        Assert.Equal(Assert.Single(roots).Subject, roots[0].Issuer);
        Assert.NotEqual(other.Subject, roots[0].Subject);
    }

    [Fact]
    public async Task After_a_restart_the_same_CA_and_the_same_certificates_are_there()
    {
        var folder = CertificatesRig.NewFolder();
        byte[] leaf;
        string root;
        await using (var rig = await CertificatesRig.StartAsync(folder))
        {
            leaf = (await rig.PublishAsync("example.com")).Leaf;
            await rig.SavedAsync();
            root = await File.ReadAllTextAsync(rig.RootPath, Bound);
            File.Delete(rig.RootPath);
        }

        await using (var rig = await CertificatesRig.StartAsync(folder, services => CertificatesRig.Publish(services, "example.com")))
        {
            Assert.True(rig.Vault.TryGet("mta-sts.example.com", out var certificate));
            Assert.Equal(leaf, certificate.Leaf);
            Assert.Equal(root, await File.ReadAllTextAsync(rig.RootPath, Bound));
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Domains_that_were_published_and_removed_while_the_node_was_down_are_put_right_at_start()
    {
        var folder = CertificatesRig.NewFolder();
        await using (var rig = await CertificatesRig.StartAsync(folder))
        {
            await rig.PublishAsync("removed.example");
            await rig.SavedAsync();
        }

        await using (var rig = await CertificatesRig.StartAsync(folder, services => CertificatesRig.Publish(services, "added.example")))
        {
            await CertificatesRig.UntilAsync(() => rig.Vault.TryGet("mta-sts.added.example", out _) && !rig.Vault.TryGet("mta-sts.removed.example", out _));
            await CertificatesRig.UntilAsync(() => rig.Hosts() is ["mta-sts.added.example"]);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_node_with_another_sealing_key_does_not_start_and_says_why()
    {
        var folder = CertificatesRig.NewFolder();
        await using (await CertificatesRig.StartAsync(folder))
        {
        }

        // What the file holds opens, too, so that a node can change from the file to the setting.
        File.Delete(Path.Combine(folder, "sealing.key"));
        var other = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var exception = await Assert.ThrowsAsync<KeySealingException>(() => CertificatesRig.StartAsync(folder, settings: ("Certificates:SealingKey", other)));
        Assert.Contains("Certificates:SealingKey", exception.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Nodes_that_start_together_become_one_CA()
    {
        await using var rig = await CertificatesRig.StartAsync();
        await using (var db = rig.Get<Store>().Open())
        {
            await db.LocalAuthority.ExecuteDeleteAsync(Bound);
        }

        var issuers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => rig.Get<LocalAuthorityStart>().OpenAsync(Bound))));
        var certificates = issuers.Select(issuer => issuer.Issue("mta-sts.example.com", TimeProvider.System.GetUtcNow())).ToList();

        Assert.Single(certificates.Select(certificate => Convert.ToHexString(certificate.Issuers)).Distinct());
        Assert.All(issuers, issuer => issuer.Dispose());
    }

    [Fact]
    public async Task A_leaf_that_another_node_stored_is_taken()
    {
        await using var rig = await CertificatesRig.StartAsync();
        using var issuer = await rig.Get<LocalAuthorityStart>().OpenAsync(Bound);
        var others = issuer.Issue("mta-sts.example.com", TimeProvider.System.GetUtcNow());
        await rig.Get<CertificateStore>().SaveAsync([others], Bound);

        Assert.Equal(others.Leaf, (await rig.PublishAsync("example.com")).Leaf);
    }

    [Fact]
    public async Task With_the_store_away_leaves_are_made_and_served_and_stored_when_it_is_back()
    {
        await using var rig = await CertificatesRig.StartAsync();
        rig.TakeStoreAway();
        var certificate = await rig.PublishAsync("example.com");
        await CertificatesRig.UntilAsync(() => rig.Log.Lines.Any(line => line.Level == LogLevel.Warning && line.Text.Contains("not stored yet", StringComparison.Ordinal)));
        Assert.Equal(1, rig.Get<LateSaving>().Count);

        rig.BringStoreBack();
        await rig.SavedAsync();
        Assert.Equal(certificate.Leaf, Assert.Single(await rig.Get<CertificateStore>().ReadAsync(["mta-sts.example.com"], Bound)).Leaf);
    }

    [Fact]
    public async Task At_two_thirds_of_its_life_a_leaf_is_expiring_and_renewed()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var rig = await CertificatesRig.StartAsync(clock: clock);
        var before = await rig.PublishAsync("example.com");
        await rig.SavedAsync();
        var status = rig.Get<IServingStatus>();

        Assert.Equal(CertificateSummary.None, status.Certificate(Domain("other.example")));
        Assert.Null(status.ServedVersion(Domain("other.example"), 1));
        Assert.Equal(new CertificateSummary("valid", before.NotAfter), status.Certificate(Domain("example.com")));
        Assert.Equal(1, status.ServedVersion(Domain("example.com"), 1));
        // The name had another row before.
        Assert.Null(status.ServedVersion(Domain("example.com"), 2));
        clock.Advance(TimeSpan.FromDays(59.9));
        await rig.PublishAsync("another.example");
        Assert.True(rig.Vault.TryGet("mta-sts.example.com", out var same));
        Assert.Same(before, same);

        clock.Advance(TimeSpan.FromDays(0.2));
        await CertificatesRig.UntilAsync(() => rig.Vault.TryGet("mta-sts.example.com", out var now) && now != before);
        Assert.Equal("valid", status.Certificate(Domain("example.com")).State);
    }

    [Fact]
    public void The_state_of_a_certificate_follows_the_clock()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var vault = new CertificateVault(CertificatesRig.NoHot());
        var status = new ServingStatus(new PublishedPolicies(), vault, Options.Create(new CertificatesOptions()), clock);
        vault.Set(new HostCertificate("mta-sts.example.com", [], [], [], clock.GetUtcNow(), clock.GetUtcNow().AddDays(90)));

        Assert.Equal("valid", status.Certificate(Domain("example.com")).State);
        clock.Advance(TimeSpan.FromDays(60));
        Assert.Equal("expiring", status.Certificate(Domain("example.com")).State);
        clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));
        Assert.Equal("expired", status.Certificate(Domain("example.com")).State);
    }

    [Fact]
    public async Task No_leaf_outlives_the_intermediate()
    {
        await using var rig = await CertificatesRig.StartAsync();
        using var issuer = await rig.Get<LocalAuthorityStart>().OpenAsync(Bound);
        var certificate = issuer.Issue("mta-sts.example.com", issuer.NotAfter.AddDays(-10));

        Assert.Equal(issuer.NotAfter, certificate.NotAfter);
    }

    [Fact]
    public async Task A_new_domain_does_not_wait_for_the_end_of_a_bulk()
    {
        await using var rig = await CertificatesRig.StartAsync();
        for (var i = 0; i < 5_000; i++)
        {
            CertificatesRig.Publish(rig.App.Services, $"bulk{i}.example");
        }

        await rig.PublishAsync("new.example");
        await CertificatesRig.UntilAsync(() => rig.Vault.Count == 5_001);
        await rig.SavedAsync();
        // In the order in which they were made: how many there are when somebody looks depends on the looking.
        var hosts = rig.Hosts();
        Assert.Equal(5_001, hosts.Count);
        Assert.InRange(hosts.IndexOf("mta-sts.new.example"), 0, 4_500);
    }

    [Fact]
    public async Task Looking_up_a_name_allocates_nothing()
    {
        await using var rig = await CertificatesRig.StartAsync();
        await rig.PublishAsync("example.com");
        rig.Vault.TryGet("MTA-STS.EXAMPLE.COM", out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.True(rig.Vault.TryGet("MTA-STS.EXAMPLE.COM".AsSpan(), out _));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
