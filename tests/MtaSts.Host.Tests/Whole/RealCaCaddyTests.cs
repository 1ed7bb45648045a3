using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>The built service with Caddy's ACME server as its CA, at the real ports 80 and 443: certificates of 12 hours, validation inside the request.</summary>
public sealed class RealCaCaddyTests
{
    [Theory]
    [InlineData("http-01")]
    [InlineData("tls-alpn-01")]
    public async Task A_domain_is_fetched_with_the_CAs_root_and_its_certificate_renewed(string challenges)
    {
        var (rig, caddy) = await RealCaRig.StartWithCaddyAsync();
        await using var _ = caddy;
        await using var __ = rig;
        rig.Settings["Acme__Challenges"] = challenges;
        // Without http-01 nothing else would show that the names lead here.
        rig.Settings["Public__Addresses"] = challenges == "http-01" ? null : rig.At.ToString();
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        string[] domains = ["example.test", "bücher.test", $"{new string('a', 63)}.test"];

        foreach (var domain in domains)
        {
            await rig.PutAsync(domain);
            await rig.ServedAsync(service, domain, caddy.RootFile);
        }

        var first = await rig.SerialsAsync(domains, caddy.RootFile);
        await rig.RevokeAsync("example.test");
        await service.WaitUntilAsync(
            async () => (await rig.SerialsAsync(domains, caddy.RootFile)).Intersect(first).Count() == domains.Length - 1, "one name is served with another certificate");
    }
}
