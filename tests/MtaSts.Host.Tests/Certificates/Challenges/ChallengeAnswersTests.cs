using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Challenges;

/// <summary>Answers to challenges in the store, on one node and on two.</summary>
public sealed class ChallengeAnswersTests(PostgresServer postgres)
{
    private const string Host = "mta-sts.example.com";
    private const string Token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
    private const string Text = Token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [BothStores]
    internal async Task An_answer_is_there_once_it_is_put_and_gone_once_it_is_removed(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        var answers = Answers(app);
        Assert.Null(await answers.FindHttpAsync(Host, Token, Cancel));
        await answers.PutAsync(Host, Token, OpenAnswer.Http, Text, Hour, Cancel);

        Assert.Equal(Text, await answers.FindHttpAsync("MTA-STS.example.com", Token, Cancel));
        Assert.Null(await answers.FindHttpAsync(Host, Token.ToUpperInvariant(), Cancel));
        Assert.Null(await answers.FindHttpAsync("mta-sts.other.example", Token, Cancel));
        Assert.Null(await answers.FindTlsAlpnAsync(Host, Cancel));

        await answers.RemoveAsync(Host, Token, Cancel);
        Assert.Null(await answers.FindHttpAsync(Host, Token, Cancel));
        Assert.Empty(await RowsAsync(app));
        // Nothing to remove is no mistake.
        await answers.RemoveAsync(Host, Token, Cancel);
    }

    [Theory]
    [BothStores]
    internal async Task An_answer_that_is_put_again_takes_the_place_of_the_first(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        await Answers(app).PutAsync(Host, Token, OpenAnswer.Dns, Text, Hour, Cancel);
        await InDnsAsync(app);

        await Answers(app).PutAsync(Host, Token, OpenAnswer.Dns, Text, 2 * Hour, Cancel);
        var row = Assert.Single(await RowsAsync(app));
        Assert.NotNull(row.InDnsSince);
        Assert.Equal(app.Clock.GetUtcNow() + (2 * Hour), row.ExpiresAt);

        // After a change of the account's key the record in the DNS is not the answer any more.
        await Answers(app).PutAsync(Host, Token, OpenAnswer.Dns, Token + ".other", Hour, Cancel);
        row = Assert.Single(await RowsAsync(app));
        Assert.Null(row.InDnsSince);
        Assert.Equal(Token + ".other", row.KeyAuthorization);
    }

    [Theory]
    [BothStores]
    internal async Task An_expired_answer_is_not_given_and_its_row_goes(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres);
        var answers = Answers(app);
        await answers.PutAsync(Host, Token, OpenAnswer.Http, Text, Hour, Cancel);
        await answers.PutAsync(Host, "x" + Token, OpenAnswer.TlsAlpn, Text, Hour, Cancel);
        await answers.PutAsync(Host, "y" + Token, OpenAnswer.Dns, Text, Hour, Cancel);
        await answers.PutAsync(Host, "z" + Token, OpenAnswer.Http, Text, 3 * Hour, Cancel);
        app.Clock.Advance(Hour - TimeSpan.FromSeconds(1));
        Assert.Equal(Text, await answers.FindHttpAsync(Host, Token, Cancel));
        Assert.Equal(Text, await answers.FindTlsAlpnAsync(Host, Cancel));

        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await answers.FindHttpAsync(Host, Token, Cancel));
        Assert.Null(await answers.FindTlsAlpnAsync(Host, Cancel));
        await Eventually.TrueAsync(
            async () =>
            {
                app.Clock.Advance(TimeSpan.FromMinutes(1));
                return (await RowsAsync(app)).Count == 1;
            },
            () => "what has expired is deleted");
        Assert.Equal("z" + Token, Assert.Single(await RowsAsync(app)).Token);
    }

    [Theory]
    [BothStores]
    internal async Task Expired_rows_are_deleted_in_batches(StoreKind kind)
    {
        await using var app = await HostApp.StartAsync(kind, postgres, services: services => services.Without<ChallengeCleanup>());
        for (var i = 0; i < 5; i++)
        {
            await Answers(app).PutAsync(Host, $"{i}{Token}", OpenAnswer.Http, Text, i == 4 ? 2 * Hour : TimeSpan.FromMilliseconds(i + 1), Cancel);
        }

        app.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, await Answers(app).DeleteExpiredAsync(3, Cancel));
        Assert.Equal(1, await Answers(app).DeleteExpiredAsync(3, Cancel));
        Assert.Equal(0, await Answers(app).DeleteExpiredAsync(3, Cancel));
        Assert.Equal("4" + Token, Assert.Single(await RowsAsync(app)).Token);
    }

    [Theory]
    [InlineData("www.example.com", Token)]
    [InlineData("mta-sts.bücher.example", Token)]
    [InlineData(Host, "short")]
    [InlineData(Host, "../../../etc/passwd/../../x")]
    [InlineData(Host, Token + "=")]
    public async Task What_would_never_be_given_is_not_put(string host, string token)
    {
        await using var app = await HostApp.StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => Answers(app).PutAsync(host, token, OpenAnswer.Http, Text, Hour, Cancel));
        Assert.Empty(await RowsAsync(app));
    }

    [Fact]
    public async Task What_one_node_puts_the_other_gives_at_once()
    {
        var connection = await postgres.CreateDatabaseAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var first = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection, clock: clock);
        await using var second = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection, clock: clock);

        for (var i = 0; i < 20; i++)
        {
            // Asked for before: that there was nothing must not be remembered.
            var token = $"{i}{Token}";
            Assert.Null(await Answers(second).FindHttpAsync(Host, token, Cancel));
            await Answers(first).PutAsync(Host, token, OpenAnswer.Http, token + ".thumbprint", Hour, Cancel);
            Assert.Equal(token + ".thumbprint", await Answers(second).FindHttpAsync(Host, token, Cancel));
        }

        Assert.Null(await Answers(second).FindTlsAlpnAsync(Host, Cancel));
        await Answers(first).PutAsync(Host, "alpn" + Token, OpenAnswer.TlsAlpn, "first", Hour, Cancel);
        Assert.Equal("first", await Answers(second).FindTlsAlpnAsync(Host, Cancel));
    }

    [Fact]
    public async Task The_newest_of_two_nodes_answers_is_given_by_both()
    {
        var connection = await postgres.CreateDatabaseAsync();
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var first = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection, clock: clock);
        await using var second = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection, clock: clock);
        await Answers(first).PutAsync(Host, Token, OpenAnswer.TlsAlpn, "abandoned", Hour, Cancel);

        // As long as a lease lasts at least, before another node takes the order over.
        clock.Advance(TimeSpan.FromSeconds(90));
        await Answers(second).PutAsync(Host, "new" + Token, OpenAnswer.TlsAlpn, "taken over", Hour, Cancel);

        Assert.Equal("taken over", await Answers(first).FindTlsAlpnAsync(Host, Cancel));
        Assert.Equal("taken over", await Answers(second).FindTlsAlpnAsync(Host, Cancel));
    }

    [Fact]
    public async Task Two_nodes_may_put_the_same_answer_at_the_same_moment()
    {
        var connection = await postgres.CreateDatabaseAsync();
        await using var first = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection);
        await using var second = await HostApp.StartAsync(StoreKind.PostgreSql, connectionString: connection);
        for (var i = 0; i < 20; i++)
        {
            var token = $"{i}{Token}";
            await Task.WhenAll(
                Answers(first).PutAsync(Host, token, OpenAnswer.Http, Text, Hour, Cancel),
                Answers(second).PutAsync(Host, token, OpenAnswer.Http, Text, Hour, Cancel));
        }

        Assert.Equal(20, (await RowsAsync(first)).Count);
    }

    [Fact]
    public async Task A_flood_of_strangers_is_a_few_queries_and_keeps_no_CA_from_its_answer()
    {
        await using var rig = await CertificatesRig.StartAsync();
        var answers = rig.Get<ChallengeAnswers>();
        await using (var db = rig.Get<Store>().Open())
        {
            // As another node's: this one does not know it.
            db.ChallengeAnswers.Add(new ChallengeAnswer { HostName = Host, Token = Token, Type = OpenAnswer.Http, KeyAuthorization = Text, ExpiresAt = TimeProvider.System.GetUtcNow() + Hour });
            await db.SaveChangesAsync(Cancel);
        }

        var before = Queries(rig);
        var watch = Stopwatch.StartNew();
        var flood = Enumerable.Range(0, 2000).Select(i => answers.FindHttpAsync($"mta-sts.d{i}.example", $"{i:D8}{Token}", Cancel).AsTask()).ToList();
        Assert.Equal(Text, await answers.FindHttpAsync(Host, Token, Cancel));

        Assert.All(await Task.WhenAll(flood), Assert.Null);
        // One at a time with a pause after each, however long they take here.
        Assert.InRange(Queries(rig) - before, 1, 2 + (int)(watch.ElapsedMilliseconds / 50));
    }

    [Fact]
    public async Task What_cannot_be_ours_does_not_reach_the_store()
    {
        await using var rig = await CertificatesRig.StartAsync();
        var answers = rig.Get<ChallengeAnswers>();
        var before = Queries(rig);
        foreach (var (host, token) in new[] { (Host, "short"), (Host, new string('a', 129)), (Host, Token + "."), ("www.example.com", Token), ("", Token), ("mta-sts." + new string('a', 300), Token) })
        {
            Assert.Null(await answers.FindHttpAsync(host, token, Cancel));
        }

        Assert.Null(await answers.FindTlsAlpnAsync("www.example.com", Cancel));
        Assert.Equal(before, Queries(rig));
    }

    [Fact]
    public async Task What_another_node_put_is_read_once_for_all_places_of_a_validation()
    {
        await using var rig = await CertificatesRig.StartAsync(clock: new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        await using (var db = rig.Get<Store>().Open())
        {
            db.ChallengeAnswers.Add(new ChallengeAnswer { HostName = Host, Token = Token, Type = OpenAnswer.TlsAlpn, KeyAuthorization = Text, ExpiresAt = TimeProvider.System.GetUtcNow() + Hour });
            await db.SaveChangesAsync(Cancel);
        }

        var before = Queries(rig);
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(Text, await rig.Get<ChallengeAnswers>().FindTlsAlpnAsync(Host, Cancel));
        }

        Assert.Equal(1, Queries(rig) - before);
    }

    private static int Queries(CertificatesRig rig) =>
        rig.Log.Lines.Count(line => line.Text.StartsWith("Executed DbCommand", StringComparison.Ordinal) && line.Text.Contains("FROM \"challenge_answers\"", StringComparison.Ordinal) && line.Text.Contains("ORDER BY", StringComparison.Ordinal));

    private static ChallengeAnswers Answers(HostApp app) => app.Services.GetRequiredService<ChallengeAnswers>();

    private static async Task<List<ChallengeAnswer>> RowsAsync(HostApp app)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        return await db.ChallengeAnswers.ToListAsync(Cancel);
    }

    private static async Task InDnsAsync(HostApp app)
    {
        await using var db = app.Services.GetRequiredService<Store>().Open();
        var now = app.Clock.GetUtcNow();
        await db.ChallengeAnswers.ExecuteUpdateAsync(set => set.SetProperty(row => row.InDnsSince, now), Cancel);
    }
}
