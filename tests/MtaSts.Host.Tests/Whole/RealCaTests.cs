using System.Text;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>
/// The built service with Pebble as its CA, as it stands in the README: a domain goes in through the API, and curl, which trusts that CA only, gets its
/// policy, with nobody's help.
/// </summary>
public sealed class RealCaTests
{
    private const string Long = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff.example.test";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task A_domain_put_in_through_the_API_is_fetched_with_the_CAs_root_unattended(string challenges)
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions());
        await using var _ = pebble;
        await using var __ = rig;
        rig.Settings["Acme__Challenges"] = challenges;
        // Without http-01 nothing else would show that the names lead here.
        rig.Settings["Public__Addresses"] = challenges == "http-01" ? null : rig.At.ToString();
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        var root = await pebble.WriteRootAsync();

        foreach (var domain in new[] { "example.test", "bücher.test", Long })
        {
            await rig.PutAsync(domain);
            await rig.ServedAsync(service, domain, root);
        }

        Assert.Equal((3, 3, 1), (pebble.Orders, pebble.Certificates, pebble.Accounts));
        Assert.Equal(challenges == "http-01", pebble.Output.Contains("validate w/ HTTP: http://mta-sts.example.test", StringComparison.Ordinal));
        Assert.DoesNotContain("PRIVATE KEY", service.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(50, 0, 0, false)]
    [InlineData(0, 3, 0, false)]
    [InlineData(0, 0, 100, true)]
    public async Task Every_name_gets_a_certificate_and_the_next_one_whatever_the_CAs_whims(int refusedNonces, int sleepSeconds, int reused, bool strict)
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions
        {
            RefusedNonces = refusedNonces,
            ValidationSleepSeconds = sleepSeconds,
            ReusedAuthorizations = reused,
            Strict = strict,
        });
        await using var _ = pebble;
        await using var __ = rig;
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        var root = await pebble.WriteRootAsync();
        var domains = Enumerable.Range(0, 8).Select(number => $"d{number}.test").ToList();

        await Task.WhenAll(domains.Select(rig.PutAsync));
        foreach (var domain in domains)
        {
            await rig.ServedAsync(service, domain, root);
        }

        var first = await rig.SerialsAsync(domains, root);
        foreach (var domain in domains)
        {
            await rig.RevokeAsync(domain);
        }

        await service.WaitUntilAsync(
            async () => !(await rig.SerialsAsync(domains, root)).Intersect(first).Any(), "every name is served with another certificate");
        Assert.Equal((16, 16, 1), (pebble.Orders, pebble.Certificates, pebble.Accounts));
    }

    [Fact]
    public async Task A_CA_that_forgot_everything_in_the_middle_of_an_order_gets_a_new_account_and_what_was_served_stays()
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions());
        await using var _ = pebble;
        await using var __ = rig;
        await using var proxy = await AcmeProxy.StartAsync(rig.At, pebble);
        rig.UseCa(proxy.DirectoryUrl, proxy.EndpointCaFile);
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        await rig.PutAsync("before.test");
        var formerRoot = await pebble.WriteRootAsync();
        await rig.ServedAsync(service, "before.test", formerRoot);
        var kept = Path.Combine(rig.Data.Path, "former-root.pem");
        File.Copy(formerRoot, kept);

        proxy.Hold("mta-sts.middle.test", new AcmePoint(AcmeCall.Challenge, Done: true));
        await rig.PutAsync("middle.test");
        await service.WaitUntilAsync(() => Task.FromResult(proxy.IsHeld("mta-sts.middle.test")), "the challenge was answered");
        await pebble.RestartAsync();
        proxy.Release();

        await rig.ServedAsync(service, "middle.test", await pebble.WriteRootAsync());
        Assert.Equal((1, 1, 1), (pebble.Orders, pebble.Certificates, pebble.Accounts));
        Assert.Equal(0, (await rig.FetchAsync("before.test", kept)).ExitCode);
    }

    [Fact]
    public async Task An_account_is_bound_to_the_one_outside_of_ACME()
    {
        var key = System.Buffers.Text.Base64Url.EncodeToString(Encoding.ASCII.GetBytes("a-mac-key-of-32-octets-or-more-00"));
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions { ExternalAccounts = new Dictionary<string, string> { ["kid-1"] = key } });
        await using var _ = pebble;
        await using var __ = rig;
        rig.Settings["Acme__ExternalAccount__KeyId"] = "kid-1";
        rig.Settings["Acme__ExternalAccount__Key"] = key;
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();

        await rig.PutAsync("example.test");
        await rig.ServedAsync(service, "example.test", await pebble.WriteRootAsync());
        Assert.DoesNotContain(key, service.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_costs_the_CA_nothing_and_gets_its_certificate_once_it_leads_here()
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions());
        await using var _ = pebble;
        await using var __ = rig;
        using var elsewhere = OwnAddress.Take();
        await rig.Dns.SetAddressesAsync("mta-sts.example.test", elsewhere.ToString());
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();

        await rig.PutAsync("example.test");
        await rig.PutAsync("other.test");
        var root = await pebble.WriteRootAsync();
        await rig.ServedAsync(service, "other.test", root);
        await service.WaitUntilAsync(
            async () => (await rig.CertificateAsync("example.test")).GetRawText().Contains(elsewhere.ToString(), StringComparison.Ordinal), "the API tells where the name leads");
        Assert.Equal(1, pebble.Orders);

        await rig.Dns.ClearAddressesAsync("mta-sts.example.test");
        await rig.RenewAsync("example.test");
        await rig.ServedAsync(service, "example.test", root);
    }
}
