using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>What the CA says of the time of a renewal (RFC 9773), seen from outside of the service.</summary>
public sealed class RenewalInformationTests
{
    [Fact]
    public async Task The_window_of_the_CA_is_asked_for_as_often_as_it_wants_and_kept()
    {
        await using var rig = await StubCaRig.StartAsync();
        var began = rig.Now;
        rig.Ca.Behaviour.RenewalRetryAfter = "43200";
        var first = await rig.IssueAsync("one.example");
        var (start, end) = (began.AddDays(20), began.AddDays(21));
        (first.RenewalWindow, rig.Ca.Behaviour.RenewalExplanation) = ((start, end), "https://stub-ca.example/why");

        await rig.AdvanceAsync(TimeSpan.FromHours(7));
        var window = (await rig.IssuanceAsync("one.example")).GetProperty("renewalWindow");
        Assert.Equal((start, end), (window.GetProperty("start").GetDateTimeOffset(), window.GetProperty("end").GetDateTimeOffset()));
        Assert.Equal("https://stub-ca.example/why", window.GetProperty("explanationUrl").GetString());
        var renewAt = (await rig.IssuanceAsync("one.example")).GetProperty("renewAt").GetDateTimeOffset();
        Assert.InRange(renewAt, start, end);

        var asked = rig.Ca.Count(StubRequestKind.RenewalInfo);
        // The twentieth is due at the end of the ten days, or a second later.
        await rig.LiveAsync(TimeSpan.FromDays(10) + TimeSpan.FromMinutes(1));
        Assert.Equal(20, rig.Ca.Count(StubRequestKind.RenewalInfo) - asked);
        await rig.AdvanceToAsync(renewAt.AddMinutes(-1));
        Assert.Single(rig.Ca.Orders);
        await rig.AdvanceToAsync(renewAt.AddMinutes(1));
        Assert.Equal([null, first.CertId], rig.Ca.Orders.Select(order => order.Replaces));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
    }

    [Fact]
    public async Task A_certificate_that_the_CA_revokes_is_renewed_before_all_others_and_names_what_it_replaces()
    {
        await using var rig = await StubCaRig.StartAsync(settings: ("Acme:Workers", "1"));
        string[] others = ["a.example", "b.example", "c.example"];
        // Just behind the time that the dates advise at the earliest: before it such a window would call these back, too.
        var due = rig.Now.AddDays(55.6);
        foreach (var other in others)
        {
            (await rig.IssueAsync(other)).RenewalWindow = (due, due.AddMinutes(1));
        }

        var revoked = await rig.IssueAsync("revoked.example");
        revoked.RenewalWindow = (due.AddDays(1), due.AddDays(2));
        await rig.AdvanceAsync(TimeSpan.FromHours(7));
        await rig.AdvanceToAsync(due.AddHours(-12));
        rig.Ca.Revoke(revoked);
        // Its first try fails, so that it waits when the others become due.
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Of(503, "serverInternal", retryAfter: "86400"));
        await rig.LiveAsync(TimeSpan.FromHours(7));
        Assert.Equal(("deferred", "acme.serverInternal", 0), await rig.StateAsync("revoked.example"));
        Assert.Equal(4, rig.Ca.Orders.Count);
        await rig.AssertServedAsync("revoked.example", revoked);

        await rig.AdvanceToAsync(due.AddDays(1));

        var orders = rig.Ca.Orders.Skip(4).ToList();
        Assert.Equal("mta-sts.revoked.example", orders[0].Names.Single());
        Assert.Equal(revoked.CertId, orders[0].Replaces);
        Assert.Equal(4, orders.Count);
        await rig.AssertServedAsync("revoked.example", rig.Certificates("revoked.example")[1]);
    }

    [Fact]
    public async Task A_certificate_that_the_CA_revokes_is_renewed_as_soon_as_the_CA_tells()
    {
        await using var rig = await StubCaRig.StartAsync();
        var revoked = await rig.IssueAsync("revoked.example");
        await rig.IssueAsync("other.example");
        await rig.LiveAsync(TimeSpan.FromDays(2));
        rig.Ca.Revoke(revoked);

        await rig.LiveAsync(TimeSpan.FromHours(6.1));

        Assert.Equal([null, null, revoked.CertId], rig.Ca.Orders.Select(order => order.Replaces));
        var next = rig.Certificates("revoked.example")[1];
        await rig.AssertServedAsync("revoked.example", next);
        Assert.Equal(("idle", null, 0), await rig.StateAsync("revoked.example"));
        // One is enough: the new certificate is not called back.
        await rig.LiveAsync(TimeSpan.FromDays(2));
        Assert.Equal(3, rig.Ca.Orders.Count);
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(200, "<html>welcome</html>")]
    [InlineData(200, "{\"suggestedWindow\":{\"start\":\"never\",\"end\":4}}")]
    public async Task Without_a_usable_answer_the_dates_bring_the_renewal(int status, string body)
    {
        await using var rig = await StubCaRig.StartAsync();
        var began = rig.Now;
        rig.Ca.Behaviour.Lifetime = TimeSpan.FromDays(30);
        rig.Ca.Fail(StubRequestKind.RenewalInfo, new StubFailure { Status = status, Body = body }, times: int.MaxValue);
        var first = await rig.IssueAsync("one.example");

        await rig.LiveAsync(TimeSpan.FromDays(18));
        Assert.Single(rig.Ca.Orders);
        // Six hours and a fifth more or less, four times a day.
        Assert.InRange(rig.Ca.Count(StubRequestKind.RenewalInfo), 18 * 24 / 7.2, (18 * 24 / 4.8) + 1);
        Assert.Equal(JsonValueKind.Null, (await rig.IssuanceAsync("one.example")).GetProperty("renewalWindow").ValueKind);
        await rig.AssertServedAsync("one.example", first);

        await rig.LiveAsync(TimeSpan.FromDays(2));
        Assert.Equal([null, first.CertId], rig.Ca.Orders.Select(order => order.Replaces));
        Assert.InRange(rig.Ca.Orders[1].CreatedAt, began.AddDays(18), began.AddDays(20));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
    }

    [Fact]
    public async Task What_the_CA_calls_replaced_already_is_ordered_without_naming_it()
    {
        await using var rig = await StubCaRig.StartAsync();
        var first = await rig.IssueAsync("one.example");
        await rig.AdvanceAsync(TimeSpan.FromHours(7));
        rig.Ca.Revoke(first);
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Of(409, "alreadyReplaced", "another order replaces it"));
        await rig.LiveAsync(TimeSpan.FromHours(12));

        Assert.Equal([null, null], rig.Ca.Orders.Select(order => order.Replaces));
        Assert.Equal(3, rig.Ca.Count(StubRequestKind.NewOrder));
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));
        Assert.Equal(1, rig.LogCount("another order replaces it"));
        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
    }
}
