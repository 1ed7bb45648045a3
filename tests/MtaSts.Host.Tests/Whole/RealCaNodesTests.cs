using System.Security.Cryptography;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>Two nodes on one PostgreSQL, with one CA.</summary>
public sealed class RealCaNodesTests(PostgresServer postgres)
{
    [Fact]
    public async Task The_other_node_answers_the_CA_and_one_certificate_serves_both()
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions());
        await using var _ = pebble;
        await using var __ = rig;
        await using var proxy = await AcmeProxy.StartAsync(rig.At, pebble);
        using var otherAt = OwnAddress.Take();
        using var otherData = new TestFolder();
        rig.UseCa(proxy.DirectoryUrl, proxy.EndpointCaFile);
        rig.Settings["Data__Provider"] = "PostgreSql";
        rig.Settings["ConnectionStrings__Store"] = await postgres.CreateDatabaseAsync();
        rig.Settings["Certificates__SealingKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        var first = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        var root = await pebble.WriteRootAsync();

        // The first node is about to tell the CA that the answer is there. By the time the CA looks, the name leads to the other node.
        proxy.Hold("mta-sts.example.test", new AcmePoint(AcmeCall.Challenge, Done: false));
        await rig.PutAsync("example.test");
        await first.WaitUntilAsync(() => Task.FromResult(proxy.IsHeld("mta-sts.example.test")), "the first node is about to answer");
        await rig.Dns.SetAddressesAsync("mta-sts.example.test", otherAt.ToString());
        var other = await rig.StartServiceAsync(otherAt, otherData.Path);
        proxy.Release();

        await rig.ServedAsync(first, "example.test", root);
        await rig.ServedAsync(other, "example.test", root, otherAt);
        Assert.Equal((1, 1, 1), (pebble.Orders, pebble.Certificates, pebble.Accounts));

        // Both nodes at work at once: each name is one node's.
        var domains = Enumerable.Range(0, 12).Select(number => $"d{number}.test").ToList();
        foreach (var domain in domains)
        {
            await rig.Dns.SetAddressesAsync($"mta-sts.{domain}", (domain.GetHashCode(StringComparison.Ordinal) % 2 == 0 ? rig.At : otherAt).ToString());
        }

        await Task.WhenAll(domains.Select(rig.PutAsync));
        foreach (var domain in domains)
        {
            await rig.ServedAsync(first, domain, root);
            await rig.ServedAsync(other, domain, root, otherAt);
        }

        Assert.Equal((13, 13, 1), (pebble.Orders, pebble.Certificates, pebble.Accounts));
    }
}
