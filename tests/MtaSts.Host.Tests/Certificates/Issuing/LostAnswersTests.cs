using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>Connections to the CA that are cut: what was carried out is found again, and costs no limit a second time.</summary>
public sealed class LostAnswersTests
{
    [Theory]
    [InlineData(StubRequestKind.Order)]
    [InlineData(StubRequestKind.Authorization)]
    [InlineData(StubRequestKind.AnswerChallenge)]
    [InlineData(StubRequestKind.Finalize)]
    [InlineData(StubRequestKind.Certificate)]
    public async Task No_answer_that_is_lost_within_an_order_costs_a_second_one(StubRequestKind kind)
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Fail(kind, StubFailure.AnswerLost);

        await rig.AddAsync("one.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(5));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
        Assert.Equal((1, 1), (rig.Ca.Orders.Count, rig.Ca.Count(StubRequestKind.NewOrder)));
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));
    }

    [Fact]
    public async Task After_a_lost_answer_to_finalize_a_renewal_is_downloaded_and_the_old_certificate_is_served_meanwhile()
    {
        await using var rig = await StubCaRig.StartAsync();
        var first = await rig.IssueAsync("one.example");
        await rig.AdvanceAsync(TimeSpan.FromHours(7));
        rig.Ca.Revoke(first);
        rig.Ca.Fail(StubRequestKind.Finalize, StubFailure.AnswerLost);
        rig.Ca.Behaviour.BeforeAnswer = kind =>
        {
            if (kind == StubRequestKind.Finalize)
            {
                rig.Ca.Fail(StubRequestKind.Order, StubFailure.Unavailable("3600"), times: 2);
            }

            return Task.CompletedTask;
        };
        await rig.UntilAsync(() => Task.FromResult(rig.Ca.Certificates.Count == 2), TimeSpan.FromMinutes(30), 24, "the CA has issued");
        await rig.AssertServedAsync("one.example", first);

        await rig.LiveAsync(TimeSpan.FromHours(2.5));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
        Assert.Equal((2, 2), (rig.Ca.Orders.Count, rig.Ca.Certificates.Count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_answer_to_newOrder_costs_an_order_and_no_certificate(bool reuses)
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Behaviour.ReusesOrders = reuses;
        rig.Ca.Fail(StubRequestKind.NewOrder, StubFailure.AnswerLost);

        await rig.AddAsync("one.example");
        Assert.Equal(("deferred", "acme.unreachable", 0), await rig.StateAsync("one.example"));
        await rig.LiveAsync(TimeSpan.FromMinutes(3));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
        Assert.Equal((reuses ? 1 : 2, 2), (rig.Ca.Orders.Count, rig.Ca.Count(StubRequestKind.NewOrder)));
    }

    [Fact]
    public async Task A_lost_answer_to_newAccount_makes_no_second_account()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Fail(StubRequestKind.NewAccount, StubFailure.AnswerLost);

        await rig.AddAsync("one.example", "two.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(3));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
        await rig.AssertServedAsync("two.example", rig.Certificates("two.example").Single());
        Assert.Equal(1, rig.Ca.AccountCount);
    }

    [Fact]
    public async Task A_request_that_never_arrived_is_sent_again_within_the_same_order()
    {
        await using var rig = await StubCaRig.StartAsync();
        rig.Ca.Fail(StubRequestKind.Finalize, StubFailure.RequestLost);
        rig.Ca.Fail(StubRequestKind.AnswerChallenge, StubFailure.RequestLost);

        await rig.AddAsync("one.example");
        await rig.LiveAsync(TimeSpan.FromMinutes(5));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example").Single());
        Assert.Single(rig.Ca.Orders);
    }
}
