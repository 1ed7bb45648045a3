using System.Text;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Our account at the CA cannot be used: the operator is told once, no name is at fault, and policies are served.</summary>
public sealed class AccountTroubleTests
{
    private const string Told = "No certificates can be ordered";
    private static readonly string[] Names = ["a.example", "b.example", "c.example", "d.example", "e.example"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Changed_terms_stop_the_CA_and_not_the_names_and_it_goes_on_by_itself_after_the_agreement()
    {
        await using var rig = await StubCaRig.StartAsync();
        var kept = await rig.IssueAsync("kept.example");
        rig.Ca.Behaviour.NeedsAgreement = true;
        await rig.AddAsync(Names);

        foreach (var name in Names)
        {
            var (state, code, failures) = await rig.StateAsync(name);
            Assert.Equal(("deferred", 0), (state, failures));
            Assert.Contains(code, new[] { "acme.userActionRequired", "account.operator" });
        }

        var line = Assert.Single(rig.Log.Lines, line => line.Contains(Told, StringComparison.Ordinal));
        Assert.StartsWith("Error", line, StringComparison.Ordinal);
        Assert.Contains("Terms of service have changed", line, StringComparison.Ordinal);
        Assert.Equal("needsOperator", (await rig.AuthorityAsync("main")).GetProperty("account").GetProperty("state").GetString());
        await rig.HealthTellsAsync("account", "certificates");
        await rig.AssertServedAsync("kept.example", kept);
        var orders = rig.Ca.Count(StubRequestKind.NewOrder);
        await rig.LiveAsync(TimeSpan.FromMinutes(50));
        Assert.Equal((orders, 1), (rig.Ca.Count(StubRequestKind.NewOrder), rig.LogCount(Told)));

        rig.Ca.Behaviour.NeedsAgreement = false;
        await rig.LiveAsync(TimeSpan.FromMinutes(30));
        foreach (var name in Names)
        {
            await rig.AssertServedAsync(name, rig.Certificates(name).Single());
        }

        await rig.HealthTellsAsync();
        Assert.Equal(1, rig.Ca.AccountCount);
    }

    [Fact]
    public async Task Terms_that_nobody_agrees_to_for_hours_are_told_once_and_asked_about_each_hour()
    {
        await using var rig = await StubCaRig.StartAsync();
        await rig.IssueAsync("kept.example");
        rig.Ca.Behaviour.NeedsAgreement = true;
        await rig.AddAsync(Names);
        var orders = rig.Ca.Count(StubRequestKind.NewOrder);

        await rig.LiveAsync(TimeSpan.FromHours(6));

        Assert.Equal(1, rig.LogCount(Told));
        // Each hour those ask that have not heard of the first one's answer; the others are deferred without a word.
        Assert.InRange(rig.Ca.Count(StubRequestKind.NewOrder) - orders, 4, 7 * Names.Length);
        Assert.Equal(0, rig.LogCount("(account.operator)"));
    }

    // After an hour it is the look at the CA's clock that meets it first, before a name has an order.
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_deactivated_account_is_told_once_and_a_new_one_goes_on(int hours)
    {
        await using var rig = await StubCaRig.StartAsync();
        var kept = await rig.IssueAsync("kept.example");
        await rig.AdvanceAsync(TimeSpan.FromHours(hours));
        rig.Ca.DeactivateAccounts();
        await rig.AddAsync(Names);

        foreach (var name in Names)
        {
            var (state, _, failures) = await rig.StateAsync(name);
            Assert.Equal(("deferred", 0), (state, failures));
        }

        Assert.Equal("dead", (await rig.AuthorityAsync("main")).GetProperty("account").GetProperty("state").GetString());
        await rig.HealthTellsAsync("account", "certificates");
        await rig.AssertServedAsync("kept.example", kept);
        var asked = StubCaRig.Requests(rig.Ca) - rig.Ca.Count(StubRequestKind.RenewalInfo);
        await rig.LiveAsync(TimeSpan.FromHours(6));
        Assert.Equal((asked, 1), (StubCaRig.Requests(rig.Ca) - rig.Ca.Count(StubRequestKind.RenewalInfo), rig.LogCount(Told)));

        // What `mtasts acme new-account` does.
        var main = rig.App.Services.GetRequiredService<CertificateAuthorities>().Of(CaRole.Main);
        await rig.App.Services.GetRequiredService<AcmeAccounts>().ReplaceAsync(main, Cancel);
        await rig.LiveAsync(TimeSpan.FromMinutes(75));
        foreach (var name in Names)
        {
            await rig.AssertServedAsync(name, rig.Certificates(name).Single());
        }

        await rig.HealthTellsAsync();
        Assert.Equal(2, rig.Ca.AccountCount);
    }

    [Fact]
    public async Task After_a_new_account_renewals_do_not_name_what_the_former_one_got()
    {
        await using var rig = await StubCaRig.StartAsync();
        var first = await rig.IssueAsync("one.example");
        var main = rig.App.Services.GetRequiredService<CertificateAuthorities>().Of(CaRole.Main);
        await rig.App.Services.GetRequiredService<AcmeAccounts>().ReplaceAsync(main, Cancel);
        await rig.AdvanceAsync(TimeSpan.FromHours(12));
        rig.Ca.Revoke(first);
        await rig.LiveAsync(TimeSpan.FromHours(7));

        Assert.Equal([null, null], rig.Ca.Orders.Select(order => order.Replaces));
        Assert.Equal(2, rig.Ca.Count(StubRequestKind.NewOrder));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
    }

    [Fact]
    public async Task A_CA_that_wants_an_external_account_is_told_once_and_served_with_once_it_is_set()
    {
        await using var rig = await StubCaRig.StartAsync();
        var key = System.Buffers.Text.Base64Url.EncodeToString(Encoding.ASCII.GetBytes("a-mac-key-of-32-octets-or-more-00"));
        rig.Ca.Behaviour.ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = key };
        await rig.AddAsync(Names);

        foreach (var name in Names)
        {
            Assert.Equal(("deferred", "account.operator", 0), await rig.StateAsync(name));
        }

        Assert.Equal(1, rig.LogCount(Told));
        Assert.Equal((0, 0), (rig.Ca.AccountCount, rig.Ca.Count(StubRequestKind.NewOrder)));
        await rig.HealthTellsAsync("account", "certificates");

        await rig.StopServiceAsync();
        await rig.StartServiceAsync(("Acme:ExternalAccount:KeyId", "kid-1"), ("Acme:ExternalAccount:Key", key));
        await rig.LiveAsync(TimeSpan.FromMinutes(75));
        foreach (var name in Names)
        {
            await rig.AssertServedAsync(name, rig.Certificates(name).Single());
        }

        Assert.Equal((1, 0), (rig.Ca.AccountCount, rig.LogCount(key)));
    }

    [Fact]
    public async Task An_account_whose_key_this_node_cannot_open_blocks_no_name_and_says_so_once()
    {
        await using var rig = await StubCaRig.StartAsync();
        // There is an account, and no certificate yet.
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Unavailable(), times: int.MaxValue);
        await rig.AddAsync("early.example");
        rig.Ca.StopFailing();
        await rig.StopServiceAsync();

        await rig.StartServiceAsync(("Certificates:SealingKey", Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)])));
        await rig.AddAsync(Names);
        await rig.LiveAsync(TimeSpan.FromHours(3));
        foreach (var name in Names.Append("early.example"))
        {
            Assert.Equal(("deferred", "key.sealed", 0), await rig.StateAsync(name));
        }

        var line = Assert.Single(rig.Log.Lines, line => line.Contains(Told, StringComparison.Ordinal));
        Assert.StartsWith("Error", line, StringComparison.Ordinal);
        Assert.Empty(rig.Ca.Orders);

        // With the key it goes on by itself.
        await rig.StopServiceAsync();
        await rig.StartServiceAsync();
        await rig.LiveAsync(TimeSpan.FromMinutes(75));
        foreach (var name in Names.Append("early.example"))
        {
            await rig.AssertServedAsync(name, rig.Certificates(name).Single());
        }

        Assert.Equal(1, rig.Ca.AccountCount);
    }
}
