using System.Net;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Tests.Domains.Ownership;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>
/// A customer takes all that he has set out of his DNS. A certificate that runs out is renewed against the look at DNS, which may be our own mistake, but not for
/// ever: seven days after the proof was lost that ends.
/// </summary>
public sealed class LostProofRenewalTests
{
    [Fact]
    public async Task Six_days_after_the_proof_was_lost_a_certificate_is_renewed_after_seven_none_is_until_the_proof_is_back()
    {
        await using CustomerDns dns = new();
        await using var rig = await StubCaRig.StartAsync(dns.Use, settings: dns.Settings);
        using var tenant = rig.App.Client(await rig.App.AddKeyAsync("acme", "editor"));
        // Of 90 days a quarter is left after 67.5 of its own.
        var start = rig.Now;
        var early = await IssueAsync(rig, tenant, dns, "early.example");
        await rig.AdvanceToAsync(start.AddDays(3));
        var later = await IssueAsync(rig, tenant, dns, "later.example");

        await rig.LiveAsync(start.AddDays(55) - rig.Now);
        Assert.Equal((1, 1), (rig.Certificates("early.example").Count, rig.Certificates("later.example").Count));
        dns.Clear("mta-sts.early.example");
        dns.Clear("mta-sts.later.example");
        await rig.LiveAsync(start.AddDays(62) - rig.Now);
        foreach (var pending in new[] { early, later })
        {
            dns.Clear(pending.TextName);
            await VerifyAsync(rig, pending, "lost");
        }

        await rig.LiveAsync(TimeSpan.FromDays(6));
        Assert.Equal((2, 1), (rig.Certificates("early.example").Count, rig.Certificates("later.example").Count));

        await rig.LiveAsync(TimeSpan.FromDays(14));
        Assert.Equal((2, 1), (rig.Certificates("early.example").Count, rig.Certificates("later.example").Count));
        Assert.Equal("dnsWait", (await rig.StateAsync("later.example")).State);
        await rig.AssertServedAsync("early.example", rig.Certificates("early.example")[1]);
        await rig.AssertServedAsync("later.example", rig.Certificates("later.example")[0]);

        dns.Text(later.TextName, later.Label);
        await VerifyAsync(rig, later, "proven");
        await rig.LiveAsync(TimeSpan.FromDays(1));
        Assert.Equal(2, rig.Certificates("later.example").Count);
        await rig.AssertServedAsync("later.example", rig.Certificates("later.example")[1]);
    }

    // Proven by the TXT record, as its tenant does.
    private static async Task<Pending> IssueAsync(StubCaRig rig, HttpClient tenant, CustomerDns dns, string domain)
    {
        var added = (await tenant.CallAsync("PUT", $"domains/{domain}", ApiCalls.Put(null, mx: $"mail.{domain}"))).Is(HttpStatusCode.Created);
        Pending pending = new(tenant, domain, added.Json);
        dns.Address($"mta-sts.{domain}", "127.0.0.2");
        dns.Text(pending.TextName, pending.Label);
        await VerifyAsync(rig, pending, "proven");
        await Eventually.TrueAsync(
            async () =>
            {
                await rig.AdvanceAsync(TimeSpan.FromSeconds(5));
                return rig.Certificates(domain).Count == 1;
            },
            () => $"{domain} has its certificate");
        await rig.AssertServedAsync(domain, rig.Certificates(domain)[0]);
        return pending;
    }

    // A look by the service itself a moment ago is repeated for ten seconds.
    private static Task VerifyAsync(StubCaRig rig, Pending pending, string state) => Eventually.TrueAsync(
        async () =>
        {
            await rig.AdvanceAsync(OwnershipCheck.Between);
            var answer = await pending.Client.CallAsync("POST", $"domains/{pending.Domain}/verification");
            return answer.Status == HttpStatusCode.OK && answer.Json.GetProperty("verification").GetProperty("state").GetString() == state;
        },
        () => $"the proof of {pending.Domain} is {state}");
}
