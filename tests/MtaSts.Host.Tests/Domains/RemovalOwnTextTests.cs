using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>Removals of a domain whose owner keeps `_mta-sts` in his own zone, at a real name server; the provider's zone is written as for anybody else.</summary>
public sealed class RemovalOwnTextTests(PostgresServer postgres) : IAsyncLifetime
{
    private const string Domain = "customer.test";
    private const int Week = 7 * 86_400;

    private readonly UpdateKey _key = UpdateKey.Create("customer") with { Zones = [Domain] };
    private BindServer? _bind;

    public async ValueTask InitializeAsync() => _bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Domain] = "" }, _key);

    public async ValueTask DisposeAsync()
    {
        if (_bind is not null)
        {
            await _bind.DisposeAsync();
        }
    }

    [Theory, BothStores]
    public async Task It_waits_until_the_text_has_given_none_for_as_long_as_an_earlier_policy_lasts_and_then_until_it_is_gone(StoreKind kind)
    {
        await using var rig = await StartAsync(kind);
        var removed = await RemoveAsync(rig);
        for (var day = 0; day < 14; day += 2)
        {
            await PassAsync(rig, TimeSpan.FromDays(2));
            Assert.Null((await rig.FindAsync(Domain))!.RecordEndedAt);
        }

        // Who saw the old id a moment ago holds its policy for a week more.
        await SetTextAsync(removed.PolicyId);
        await PassAsync(rig, TimeSpan.FromHours(7));
        await PassAsync(rig, TimeSpan.FromDays(7));
        Assert.Null((await rig.FindAsync(Domain))!.RecordEndedAt);
        await PassAsync(rig, TimeSpan.FromDays(1.2));
        Assert.Equal(rig.Now, (await rig.FindAsync(Domain))!.RecordEndedAt);

        for (var day = 0; day < 8; day += 2)
        {
            await PassAsync(rig, TimeSpan.FromDays(2));
            Assert.NotNull(await rig.FindAsync(Domain));
        }

        await UpdateAsync();
        await RoundAsync(rig);
        Assert.Null(await rig.FindAsync(Domain));
    }

    [Theory, BothStores]
    public async Task A_text_that_stays_as_it_is_holds_each_step_for_a_month(StoreKind kind)
    {
        await using var rig = await StartAsync(kind);
        await RemoveAsync(rig);
        for (var day = 0; day < 36; day += 2)
        {
            await PassAsync(rig, TimeSpan.FromDays(2));
            Assert.Null((await rig.FindAsync(Domain))!.RecordEndedAt);
        }

        await PassAsync(rig, TimeSpan.FromDays(1.1));
        Assert.Equal(rig.Now, (await rig.FindAsync(Domain))!.RecordEndedAt);
        await PassAsync(rig, TimeSpan.FromDays(2));

        // Silence does not say that it is gone.
        await _bind!.DisposeAsync();
        _bind = null;
        await PassAsync(rig, TimeSpan.FromDays(27.9));
        Assert.NotNull(await rig.FindAsync(Domain));
        await PassAsync(rig, TimeSpan.FromDays(0.2));
        Assert.Null(await rig.FindAsync(Domain));
    }

    [Theory, BothStores]
    public async Task Who_has_moved_to_another_provider_is_waited_for_until_nobody_can_hold_what_was_served_here(StoreKind kind)
    {
        await using var rig = await StartAsync(kind);
        await RemoveAsync(rig);
        await PassAsync(rig, TimeSpan.FromDays(5));
        await SetTextAsync("another");
        await PassAsync(rig, TimeSpan.FromHours(7));
        await PassAsync(rig, TimeSpan.FromDays(7));
        Assert.Null((await rig.FindAsync(Domain))!.RecordEndedAt);
        await PassAsync(rig, TimeSpan.FromDays(1.2));
        Assert.Equal(rig.Now, (await rig.FindAsync(Domain))!.RecordEndedAt);
        // The text that is there now was never of this service.
        await PassAsync(rig, TimeSpan.FromDays(1.1));
        Assert.Null(await rig.FindAsync(Domain));
    }

    [Theory]
    // Ids: 1 was served, 2 is that of `none`. Its max_age and a day after it was seen, and no longer than a month.
    [InlineData("1", "ok", 10, 37)]
    [InlineData("2", "ok", 10, 18)]
    [InlineData("2", "ok", 36, 37)]
    [InlineData("other", "wrong", 10, 18)]
    [InlineData("other", "unknown", 10, 37)]
    public void Dates_tell_how_long_a_text_of_the_customers_own_is_waited_for(string id, string state, int seenAfter, int until)
    {
        DateTimeOffset start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        HostedDomain row = new() { Name = Domain, Label = "label", Mx = "", PolicyId = "2", Version = 2, RemovalStartedAt = start };
        PolicyVersion[] versions = [new() { Number = 1, PolicyId = "1", MaxAge = Week, Mx = "", Actor = "a" }, new() { Number = 2, PolicyId = "2", MaxAge = 86_400, Mx = "", Actor = "a" }];
        Assert.Equal(start.AddDays(until), DomainRemoval.OwnTextUntil(row, versions, start.AddDays(7), new PublishedDns(id, state, start.AddDays(seenAfter))));
    }

    [Theory, BothStores]
    public async Task Who_delegates_waits_for_time_alone_unless_a_text_stands_there_by_now(StoreKind kind)
    {
        await using var rig = await StartAsync(kind);
        var row = await rig.PutAsync(Domain, StsMode.Enforce, Week);
        await UpdateAsync($"add _mta-sts.{Domain} 60 CNAME {row.Label}._mta-sts.sts.provider.example.");
        await PublishAsync(rig);
        Assert.Equal(1, await rig.LookAsync());
        await rig.RemoveAsync(Domain);
        await PassAsync(rig, TimeSpan.FromDays(6.9));
        Assert.Null((await rig.FindAsync(Domain))!.RecordEndedAt);
        await PassAsync(rig, TimeSpan.FromDays(0.2));
        Assert.Equal(rig.Now, (await rig.FindAsync(Domain))!.RecordEndedAt);

        await rig.PassAsync(TimeSpan.FromDays(1.1));
        await PublishAsync(rig);
        await SetTextAsync(row.PolicyId);
        await RoundAsync(rig);
        Assert.NotNull(await rig.FindAsync(Domain));
        await UpdateAsync($"add _mta-sts.{Domain} 60 CNAME {row.Label}._mta-sts.sts.provider.example.");
        await RoundAsync(rig);
        Assert.Null(await rig.FindAsync(Domain));
    }

    private Task<RemovalRig> StartAsync(StoreKind kind) => RemovalRig.StartAsync(kind, postgres, bind: _bind);

    // Served, announced by the customer's own text, seen there, and then removed.
    private async Task<HostedDomain> RemoveAsync(RemovalRig rig)
    {
        var row = await rig.PutAsync(Domain, StsMode.Enforce, Week);
        await SetTextAsync(row.PolicyId);
        await PublishAsync(rig);
        Assert.Equal(1, await rig.LookAsync());
        return await rig.RemoveAsync(Domain);
    }

    private static async Task PassAsync(RemovalRig rig, TimeSpan time)
    {
        await rig.PassAsync(time);
        await PublishAsync(rig);
        await rig.LookAsync();
        await RoundAsync(rig);
    }

    private static async Task PublishAsync(RemovalRig rig)
    {
        await rig.PublishAsync();
        await rig.PublishAsync();
    }

    private Task SetTextAsync(string id) => UpdateAsync($"add _mta-sts.{Domain} 60 TXT \"{StsRecord.Write(id)}\"");

    private Task UpdateAsync(params string[] lines) => Nsupdate.SendAsync(_bind!.EndPoint, _key, Domain, [$"delete _mta-sts.{Domain}", .. lines]);

    private static Task RoundAsync(RemovalRig rig) => rig.Node.RoundAsync(TestContext.Current.CancellationToken);
}
