using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Tests.Checks.Mail;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

/// <summary>The loops themselves, with a real BIND and a mail server that gets another certificate.</summary>
public sealed class WatchedDomainTests : IDisposable
{
    private readonly MailCa _ca = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_server_that_goes_wrong_is_told_of_and_so_is_its_mending()
    {
        var (right, wrong) = (_ca.Issue("mx.example.test"), _ca.Issue("old.example.test"));
        var present = right;
        await using var mail = new StubMailServer(visitor => visitor.ServeAsync(Volatile.Read(ref present)));
        await using var bind = await BindServer.StartAsync(new Dictionary<string, string?> { ["example.test"] = $"@ MX 10 mx\nmx A {mail.Address}" });
        await using var app = await HostApp.StartAsync(services: services => Authorities.Use(services, bind.EndPoint.Port), settings: [("Checks:AtOnce", "4"), ("Checks:TrustedRoots", _ca.RootFile), ("Dns:Resolvers", bind.Address), ("Network:AllowPrivateAddresses", "true")]);
        await app.AddTenantAsync();
        await app.PutDomainAsync(Reports.Domain, mx: ["mx.example.test"]);
        var id = (await app.RowAsync()).Id;
        await UntilAsync(app, async () => await app.WatchAsync(id) is not null, "the domain is watched");

        await CheckAsync();
        Assert.DoesNotContain(await app.EventsAsync(), told => told.Contains(" mx.", StringComparison.Ordinal));
        Volatile.Write(ref present, wrong);
        // What was right at a mail server is believed for half an hour.
        app.Clock.Advance(TimeSpan.FromMinutes(31));
        await CheckAsync();
        Assert.Equal(["Added mx.certificate-name"], await OfMailAsync());
        Assert.Contains((await app.Admin.GetAnswerAsync("domains/example.test/advisories")).Items("code"), code => code == "mx.certificate-name");
        Volatile.Write(ref present, right);
        app.Clock.Advance(TimeSpan.FromMinutes(2));
        await CheckAsync();
        Assert.Equal(["Added mx.certificate-name", "Cleared mx.certificate-name"], await OfMailAsync());

        async Task<string[]> OfMailAsync() => [.. (await app.EventsAsync()).Where(told => told.Contains(" mx.", StringComparison.Ordinal))];

        async Task CheckAsync()
        {
            var now = app.Clock.GetUtcNow();
            await app.Store().WriteAsideAsync(db => db.DomainWatches.ExecuteUpdateAsync(set => set.SetProperty(row => row.NextCheckAt, now), Cancel), Cancel);
            await UntilAsync(app, async () => await app.WatchAsync(id) is { CheckedAt: { } at } && at >= now, "it is checked");
        }
    }

    public void Dispose() => _ca.Dispose();

    private static Task UntilAsync(HostApp app, Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        async () =>
        {
            // Slowly: what a check waits for is counted by the same clock.
            app.Clock.Advance(TimeSpan.FromMilliseconds(50));
            return await condition();
        },
        () => what);
}
