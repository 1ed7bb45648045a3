using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

public sealed class PebbleServerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_restarted_Pebble_stands_at_the_same_place_with_another_issuing_root()
    {
        using OwnAddress at = OwnAddress.Take();
        await using ChallTestServer dns = await ChallTestServer.StartAsync(at);
        await using PebbleServer pebble = await PebbleServer.StartAsync(at, dns, new PebbleOptions { AlternateRoots = 2 });
        Uri directory = pebble.DirectoryUrl;
        byte[] endpointCa = await File.ReadAllBytesAsync(pebble.EndpointCaFile, Cancel);
        IReadOnlyList<string> roots = await pebble.RootPemsAsync();
        Assert.Equal(3, roots.Distinct().Count());
        string file = await pebble.WriteRootAsync();
        using (X509Certificate2 first = X509CertificateLoader.LoadCertificateFromFile(file))
        {
            Assert.Equal(first.Subject, first.Issuer);
        }

        await pebble.RestartAsync(pebble.Options with { AlternateRoots = 0, ExternalAccounts = new Dictionary<string, string> { ["kid"] = "YWJj" } });

        Assert.Equal(directory, pebble.DirectoryUrl);
        Assert.Equal(endpointCa, await File.ReadAllBytesAsync(pebble.EndpointCaFile, Cancel));
        Assert.Equal(file, await pebble.WriteRootAsync());
        Assert.DoesNotContain(await File.ReadAllTextAsync(file, Cancel), roots);
        JsonElement meta = JsonElement.Parse(await pebble.Management.GetStringAsync(directory, Cancel)).GetProperty("meta");
        Assert.True(meta.GetProperty("externalAccountRequired").GetBoolean());
    }

    [Fact]
    public async Task A_stopped_Pebble_is_away_until_it_is_started()
    {
        using OwnAddress at = OwnAddress.Take();
        await using ChallTestServer dns = await ChallTestServer.StartAsync(at);
        await using PebbleServer pebble = await PebbleServer.StartAsync(at, dns, new PebbleOptions());

        await pebble.StopAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => pebble.Management.GetAsync(pebble.DirectoryUrl, Cancel));

        await pebble.StartAsync();
        (await pebble.Management.GetAsync(pebble.DirectoryUrl, Cancel)).EnsureSuccessStatusCode();
    }
}
