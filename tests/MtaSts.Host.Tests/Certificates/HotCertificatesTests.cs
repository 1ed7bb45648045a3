using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

public sealed class HotCertificatesTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly CancellationToken _never = CancellationToken.None;
    private int _built;

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task It_never_keeps_more_than_its_limit_and_evicts_the_least_recently_used()
    {
        var hot = Hot(limit: 2);
        var (a, b, c) = (Certificate("a"), Certificate("b"), Certificate("c"));
        var contextA = await UseAsync(hot, a);
        var contextB = await UseAsync(hot, b);
        await UseAsync(hot, a);
        await UseAsync(hot, c);

        Assert.Equal(2, hot.Count);
        Assert.False(IsDisposed(contextA));
        Assert.True(IsDisposed(contextB));
        Assert.Same(contextA, await UseAsync(hot, a));
        Assert.Equal(3, _built);
    }

    [Fact]
    public async Task Sixty_four_callers_at_once_build_once()
    {
        using var allIn = new ManualResetEventSlim();
        var hot = new HotCertificates(
            certificate =>
            {
                allIn.Wait(TimeSpan.FromSeconds(30), _never);
                return Context(certificate);
            },
            10,
            Metrics());
        var certificate = Certificate("a");
        using var started = new CountdownEvent(64);
        var callers = Enumerable.Range(0, 64).Select(_ => Task.Factory.StartNew(
            () =>
            {
                started.Signal();
                return hot.LeaseAsync(certificate, _never).AsTask();
            },
            _never,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default).Unwrap()).ToList();
        Assert.True(started.Wait(TimeSpan.FromSeconds(30), _never));
        allIn.Set();
        var leases = await Task.WhenAll(callers);

        Assert.Equal(1, _built);
        Assert.Single(leases.Select(lease => lease.Certificate).Distinct());
    }

    [Fact]
    public async Task One_that_is_building_holds_up_no_other()
    {
        using var go = new ManualResetEventSlim();
        var hot = new HotCertificates(
            certificate =>
            {
                Assert.True(certificate.Host != "slow" || go.Wait(TimeSpan.FromSeconds(30), _never));
                return Context(certificate);
            },
            10,
            Metrics());
        var slow = Task.Run(() => hot.LeaseAsync(Certificate("slow"), _never).AsTask());
        await CertificatesRig.UntilAsync(() => hot.Count == 1);

        await UseAsync(hot, Certificate("other"));

        Assert.False(slow.IsCompleted);
        go.Set();
        (await slow).Dispose();
    }

    [Fact]
    public async Task A_lease_outlives_eviction_and_the_last_release_disposes()
    {
        var hot = Hot(limit: 1);
        var certificate = Certificate("a");
        var first = await hot.LeaseAsync(certificate, _never);
        var second = await hot.LeaseAsync(certificate, _never);
        var context = first.Certificate;
        await UseAsync(hot, Certificate("b"));

        first.Dispose();
        first.Dispose();
        Assert.False(IsDisposed(context));
        second.Dispose();
        Assert.True(IsDisposed(context));
    }

    [Fact]
    public async Task What_is_in_the_cache_is_kept_after_its_last_lease()
    {
        var hot = Hot(limit: 1);

        Assert.False(IsDisposed(await UseAsync(hot, Certificate("a"))));
    }

    [Fact]
    public async Task A_replaced_certificate_gives_way_at_the_next_look_up_and_lives_as_long_as_its_connections()
    {
        var hot = Hot(limit: 10);
        var vault = new CertificateVault(hot);
        var (old, next) = (Certificate("a"), Certificate("a"));
        vault.Set(old);
        var lease = await hot.LeaseAsync(old, _never);
        vault.Set(next);

        Assert.True(vault.TryGet("A", out var found));
        Assert.Same(next, found);
        Assert.Equal(0, hot.Count);
        Assert.False(IsDisposed(lease.Certificate));
        lease.Dispose();
        Assert.True(IsDisposed(lease.Certificate));
    }

    [Fact]
    public async Task A_certificate_that_was_replaced_after_the_look_up_does_not_stay()
    {
        var hot = Hot(limit: 10);
        var vault = new CertificateVault(hot);
        var old = Certificate("a");
        vault.Set(old);
        vault.Remove("a");
        var context = await UseAsync(hot, old);

        Assert.Equal(0, hot.Count);
        Assert.True(IsDisposed(context));
    }

    [Fact]
    public async Task A_failed_build_is_told_and_tried_again()
    {
        var fail = true;
        var hot = new HotCertificates(certificate => fail ? throw new CryptographicException("damaged") : Context(certificate), 10, Metrics());
        var certificate = Certificate("a");

        await Assert.ThrowsAsync<CryptographicException>(() => hot.LeaseAsync(certificate, _never).AsTask());
        Assert.Equal(0, hot.Count);
        fail = false;
        await UseAsync(hot, certificate);
        Assert.Equal(1, hot.Count);
    }

    [Fact]
    public async Task Under_a_storm_of_leases_nothing_that_is_leased_is_disposed_and_nothing_is_left_over()
    {
        var contexts = new System.Collections.Concurrent.ConcurrentBag<SslStreamCertificateContext>();
        var hot = new HotCertificates(
            certificate =>
            {
                var context = Context(certificate);
                contexts.Add(context);
                return context;
            },
            4,
            Metrics());
        var certificates = Enumerable.Range(0, 12).Select(i => Certificate($"h{i}")).ToArray();
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellationToken) =>
        {
            using var lease = await hot.LeaseAsync(certificates[i * 7919 % certificates.Length], cancellationToken);
            await Task.Yield();
            Assert.False(IsDisposed(lease.Certificate));
        });

        Assert.Equal(4, hot.Count);
        Assert.Equal(4, contexts.Count(context => !IsDisposed(context)));
    }

    private static HostCertificate Certificate(string host) => new(host, [], [], [], DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

    private static bool IsDisposed(SslStreamCertificateContext context) => context.TargetCertificate.Handle == IntPtr.Zero;

    private async Task<SslStreamCertificateContext> UseAsync(HotCertificates hot, HostCertificate certificate)
    {
        using var lease = await hot.LeaseAsync(certificate, _never);
        return lease.Certificate;
    }

    private HotCertificates Hot(int limit) => new(Context, limit, Metrics());

    private TlsMetrics Metrics() => new(_services.GetRequiredService<IMeterFactory>());

    private SslStreamCertificateContext Context(HostCertificate certificate)
    {
        Interlocked.Increment(ref _built);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SslStreamCertificateContext.Create(
            new CertificateRequest($"CN={certificate.Host}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)),
            null,
            offline: true);
    }
}
