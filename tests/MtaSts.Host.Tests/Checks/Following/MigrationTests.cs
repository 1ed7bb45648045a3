using MtaSts.Host.Data;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Following;

/// <summary>Whole changes of mail servers, judged by all that a sender may hold and may be told (RFC 8461 §8.1).</summary>
public sealed class MigrationTests(PostgresServer postgres)
{
    private const string Old = "mx.old.example", New = "mx.new.example";

    [Theory]
    [InlineData(StoreKind.Sqlite, 1)]
    [InlineData(StoreKind.Sqlite, 2)]
    [InlineData(StoreKind.PostgreSql, 3)]
    public async Task In_a_whole_migration_every_text_that_may_be_held_fits_every_server_that_may_be_told(StoreKind kind, int seed)
    {
        var (ttl, maxAge) = (TimeSpan.FromHours(4), TimeSpan.FromDays(2));
        await using var rig = await FollowingRig.StartAsync(kind, postgres);
        rig.Dns.Ttl = (int)ttl.TotalSeconds;
        rig.Dns.Set(Old);
        var book = new SenderBook(rig, ttl, new Random(seed));
        book.Set(Old);
        await rig.PutAsync("enforce", maxAge);
        await book.LiveAsync(TimeSpan.FromHours(30));

        book.Set(Old, New);
        await book.LiveAsync(TimeSpan.FromHours(7));
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
        var complete = (await rig.FollowingAsync()).GetProperty("completeAt").GetDateTimeOffset();
        var added = (await rig.VersionsAsync())[1];
        Assert.Equal(("system", $"DNS has new mail servers: {New}."), (added.Actor, added.Reason));
        Assert.Equal(added.ServedFrom!.Value + TimeSpan.FromDays(1) + maxAge, complete, TimeSpan.FromSeconds(1));
        await book.LiveAsync(complete - rig.Now);

        book.Set(New);
        var moved = rig.Now;
        // Not before a day of looks; at the latest after the TTL until the resolver hears of it, a look, and the same.
        await book.LiveAsync(TimeSpan.FromHours(24));
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
        await book.LiveAsync(TimeSpan.FromHours(7.2));
        Assert.Equal(New, await rig.MxAsync());
        await book.LiveAsync(TimeSpan.FromDays(2));

        var versions = await rig.VersionsAsync();
        Assert.Equal(3, versions.Count);
        Assert.Matches($"^No mail server in DNS needs any more: {Old} since .*; and no policy that lacks one of the others can be cached any more\\.$", versions[2].Reason);
        Assert.True(versions[2].ServedFrom > moved + ttl);
        Assert.Equal("domain.mx.remove domain.mx.add", string.Join(' ', (await rig.App.Admin.GetAnswerAsync("audit?domain=moving.test")).Items("action").Where(action => action.StartsWith("domain.mx.", StringComparison.Ordinal))));
    }

    [Fact]
    public async Task A_customer_who_goes_back_within_max_age_finds_his_old_server_in_every_text()
    {
        var ttl = TimeSpan.FromHours(1);
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Ttl = (int)ttl.TotalSeconds;
        rig.Dns.Set(Old);
        var book = new SenderBook(rig, ttl, new Random(4));
        book.Set(Old);
        await rig.PutAsync("enforce", TimeSpan.FromDays(10));
        await book.LiveAsync(TimeSpan.FromHours(2));

        // All at once, against every advice: who holds the old text cannot deliver now, but the way back is open.
        book.Set(New);
        await book.LiveAsync(TimeSpan.FromDays(5), delivers: false);
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
        var leaving = (await rig.FollowingAsync()).GetProperty("leaving")[0];
        Assert.Equal(Old, leaving.GetProperty("pattern").GetString());
        Assert.Equal((await rig.VersionsAsync())[1].ServedFrom!.Value + TimeSpan.FromDays(11), leaving.GetProperty("notBefore").GetDateTimeOffset(), TimeSpan.FromMinutes(1));

        book.Set(Old);
        await book.LiveAsync(TimeSpan.FromHours(3), delivers: false);
        await book.LiveAsync(TimeSpan.FromDays(12));
        Assert.Equal(Old, await rig.MxAsync());
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task However_DNS_flaps_no_server_is_forgotten_before_its_time_and_none_is_made_up(int seed)
    {
        var ttl = TimeSpan.FromHours(2);
        var random = new Random(seed);
        await using var rig = await FollowingRig.StartAsync();
        rig.Dns.Ttl = (int)ttl.TotalSeconds;
        string[] all = ["a.example", "b.example", "c.example", "d.example"];
        rig.Dns.Set(all[0]);
        var book = new SenderBook(rig, ttl, random);
        book.Set(all[0]);
        await rig.PutAsync("enforce", TimeSpan.FromHours(12));
        var lastNamed = new Dictionary<string, DateTimeOffset>();
        for (var change = 0; change < 24; change++)
        {
            // Also answers that are none.
            rig.Dns.AtResolver = random.Next(4) == 0 ? random.Next(2) == 0 ? null : [] : rig.Dns.AtResolver;
            string[] mx = [.. all.Where(_ => random.Next(2) == 0).DefaultIfEmpty(all[random.Next(4)])];
            book.Set(mx);
            for (var end = rig.Now + TimeSpan.FromHours(random.Next(1, 60)); rig.Now < end;)
            {
                book.Hear();
                foreach (var host in mx)
                {
                    lastNamed[host] = rig.Now;
                }

                var before = StoredPolicy.Lines((await rig.VersionsAsync())[^1].Mx);
                await rig.PassAsync(TimeSpan.FromMinutes(12));
                var after = StoredPolicy.Lines((await rig.VersionsAsync())[^1].Mx);
                Assert.NotEmpty(after);
                Assert.All(before.Except(after), host => Assert.True(rig.Now > lastNamed[host] + ttl, $"{host} went at {rig.Now:u}, named at {lastNamed[host]:u}"));
                Assert.All(after, host => Assert.True(lastNamed.ContainsKey(host)));
            }
        }

        Assert.True((await rig.VersionsAsync()).Count > 5, "something was followed");
    }

    [Theory, BothStores]
    public async Task A_whole_migration_in_the_zone_of_a_real_name_server(StoreKind kind)
    {
        const string Zone = "moving.test";
        var key = UpdateKey.Create("customer");
        await using var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = $"@ 3600 MX 10 {Old}." }, key);
        await using var rig = await FollowingRig.StartAsync(kind, postgres, bind);
        await rig.PutAsync("enforce", TimeSpan.FromDays(2));
        Assert.Equal(Old, await rig.MxAsync());

        await Nsupdate.SendAsync(bind.EndPoint, key, Zone, $"add {Zone} 3600 MX 20 {New}.");
        await rig.LiveAsync(TimeSpan.FromHours(3));
        Assert.Equal($"{Old} {New}", await rig.MxAsync());

        await Nsupdate.SendAsync(bind.EndPoint, key, Zone, $"delete {Zone} MX 10 {Old}.");
        await rig.LiveAsync(TimeSpan.FromHours(20));
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
        var end = (await rig.FollowingAsync()).GetProperty("leaving")[0].GetProperty("notBefore").GetDateTimeOffset();
        await rig.LiveAsync(end - rig.Now - TimeSpan.FromHours(1));
        Assert.Equal($"{Old} {New}", await rig.MxAsync());
        await rig.LiveAsync(TimeSpan.FromHours(4));
        Assert.Equal(New, await rig.MxAsync());

        // What takes no mail any more changes nothing, and is told.
        await Nsupdate.SendAsync(bind.EndPoint, key, Zone, $"delete {Zone} MX", $"add {Zone} 3600 MX 0 .");
        await rig.LiveAsync(TimeSpan.FromHours(3));
        Assert.Equal((New, "mx.null"), (await rig.MxAsync(), await rig.CodeAsync()));
    }
}
