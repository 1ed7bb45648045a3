using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>kill -9 in the middle of orders, at every call that the service makes on the way to a certificate.</summary>
public sealed class RealCaCrashTests
{
    // What the CA has not seen, and what it has done without the service hearing of it.
    private static readonly AcmePoint[] Points =
    [
        new(AcmeCall.NewOrder, Done: false),
        new(AcmeCall.NewOrder, Done: true),
        new(AcmeCall.Authorization, Done: true),
        new(AcmeCall.Challenge, Done: false),
        new(AcmeCall.Challenge, Done: true),
        new(AcmeCall.Finalize, Done: false),
        new(AcmeCall.Finalize, Done: true),
        new(AcmeCall.Certificate, Done: false),
        new(AcmeCall.Certificate, Done: true),
    ];

    [Fact]
    public async Task A_killed_service_goes_on_where_it_was_with_no_second_account_order_or_certificate()
    {
        var (rig, pebble) = await RealCaRig.StartAsync(new PebbleOptions());
        await using var _ = pebble;
        await using var __ = rig;
        await using var proxy = await AcmeProxy.StartAsync(rig.At, pebble);
        rig.UseCa(proxy.DirectoryUrl, proxy.EndpointCaFile);
        rig.Settings["Acme__Workers"] = "16";
        var root = await pebble.WriteRootAsync();

        // The account was made, and the answer never came.
        proxy.Hold("", new AcmePoint(AcmeCall.NewAccount, Done: true));
        var service = await rig.StartServiceAsync();
        await rig.AddTenantAsync();
        await rig.PutAsync("first.test");
        await KillAsync([""]);
        service = await rig.StartServiceAsync();
        await rig.ServedAsync(service, "first.test", root);
        Assert.Equal(1, pebble.Accounts);

        // One name at each point, and one blow.
        var domains = Points.ToDictionary(point => $"{point.Call}-{(point.Done ? "done" : "asked")}.test".ToLowerInvariant());
        foreach (var (domain, point) in domains)
        {
            proxy.Hold($"mta-sts.{domain}", point);
            await rig.PutAsync(domain);
        }

        await KillAsync(domains.Keys.Select(domain => $"mta-sts.{domain}"));
        service = await rig.StartServiceAsync();
        foreach (var domain in domains.Keys.Prepend("first.test"))
        {
            await rig.ServedAsync(service, domain, root);
        }

        Assert.All(domains, domain => Assert.Equal(
            // Nobody told the service the URL of that order, and Pebble does not give an open one again as other CAs do.
            domain.Value == new AcmePoint(AcmeCall.NewOrder, Done: true) ? 2 : 1,
            proxy.Calls.Count(call => call == (AcmeCall.NewOrder, $"mta-sts.{domain.Key}"))));
        Assert.Equal(1 + Points.Length, pebble.Certificates);
        Assert.Equal(1, pebble.Accounts);

        async Task KillAsync(IEnumerable<string> names)
        {
            var held = names.ToList();
            await service.WaitUntilAsync(
                () => Task.FromResult(held.All(proxy.IsHeld)), "all are where they are to be killed");
            service.Signal(PosixSignalNumber.Kill);
            await service.WaitForExitAsync();
            // What was held ends there: nothing of it may reach Pebble afterwards.
            await Eventually.TrueAsync(() => !held.Any(proxy.IsHeld), "the calls of the killed service have ended");
            proxy.Release();
        }
    }
}
