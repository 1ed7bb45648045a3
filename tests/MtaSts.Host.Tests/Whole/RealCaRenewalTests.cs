using System.Collections.Concurrent;
using System.Diagnostics;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>Certificates of 60 seconds, renewed again and again under the eyes of clients.</summary>
public sealed class RealCaRenewalTests
{
    private const int Certificates = 4;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Renewal_goes_on_and_on_without_one_failed_handshake_and_without_a_dropped_connection()
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions { ValiditySeconds = 60, RefusedNonces = 20, ReusedAuthorizations = 50, ValidationSleepSeconds = 2 });
        await using var _ = pebble;
        await using var __ = rig;
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        var root = await pebble.WriteRootAsync();
        string[] domains = ["one.test", "two.test", "three.test"];
        foreach (var domain in domains)
        {
            await rig.PutAsync(domain);
            await rig.ServedAsync(service, domain, root);
        }

        var seen = domains.ToDictionary(domain => domain, _ => new ConcurrentDictionary<string, int>());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        end.CancelAfter(Bound);
        var clients = domains.SelectMany(domain => new[]
        {
            LoopAsync(domain, new Version(1, 1), keepsConnection: false),
            LoopAsync(domain, new Version(2, 0), keepsConnection: false),
            LoopAsync(domain, new Version(2, 0), keepsConnection: true),
        });
        await Task.WhenAll(clients);

        Assert.False(end.IsCancellationRequested, $"{string.Join(", ", seen.Select(name => $"{name.Key}: {name.Value.Count} certificates"))}\n{service.Output}");

        async Task LoopAsync(string domain, Version version, bool keepsConnection)
        {
            var began = Stopwatch.GetTimestamp();
            using var client = new PolicyClient(rig, root, version, keepsConnection, seen[domain]);
            using var pace = new PeriodicTimer(Pace);
            // Until every client's name had enough certificates; each fetch must succeed, the last as the first.
            while (!end.IsCancellationRequested && seen.Values.Any(serials => serials.Count < Certificates))
            {
                Assert.Contains($"mx: mail.{domain}\r\n", await client.FetchAsync(domain, Cancel), StringComparison.Ordinal);
                await pace.WaitForNextTickAsync(Cancel);
            }

            // It reconnects before the service ends the connection after its minute, and at no other time.
            Assert.True(!keepsConnection || client.Handshakes <= 1 + (int)(Stopwatch.GetElapsedTime(began) / PolicyClient.ConnectionLife), $"{client.Handshakes} handshakes");
        }
    }
}
