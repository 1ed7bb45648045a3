using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Following;
using MtaSts.Host.Checks.Rollouts;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;
using MtaSts.Host.Nodes;
using MtaSts.Host.Notices;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>
/// The whole service with its loops against stub CAs, in simulated time. A DNS server leads every name to the Challenge endpoint, where the
/// CAs validate. Time passes only when the test says so, and no further before what it made due is done.
/// </summary>
internal sealed partial class StubCaRig : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly TestFolder _folder = new();
    private readonly DnsStub _dns;
    private readonly (string Key, string? Value)[] _settings;
    private readonly Action<IServiceCollection>? _services;
    private HostApp? _app;

    private StubCaRig(FakeTimeProvider clock, StubCa ca, StubCa? fallback, StubCa? staging, Action<IServiceCollection>? services, (string Key, string? Value)[] settings)
    {
        (Clock, Ca, Fallback, Staging, _services) = (clock, ca, fallback, staging, services);
        _dns = new DnsStub(query => DnsIsBroken ? query.Fail(2)
            : query.Type == DnsStubQuery.A ? query.Answer((query.Name, DnsStubQuery.A, [127, 0, 0, 2]))
            : query.Empty());
        _settings =
        [
            ("Certificates:Source", "Acme"),
            ("Acme:AcceptTermsOfService", "true"),
            ("Acme:DirectoryUrl", ca.DirectoryUrl.AbsoluteUri),
            ("Acme:TrustedRoots", Path.Combine(_folder.Path, "roots.pem")),
            ("Acme:Fallback:DirectoryUrl", fallback?.DirectoryUrl.AbsoluteUri ?? ""),
            ("Acme:Fallback:TrustedRoots", fallback is null ? "" : Path.Combine(_folder.Path, "roots.pem")),
            ("Acme:StagingDirectoryUrl", staging?.DirectoryUrl.AbsoluteUri ?? "none"),
            ("Dns:Resolvers", _dns.Address),
            ("Network:AllowPrivateAddresses", "true"),
            ("Access:RequestsPerMinute", "1000000"),
            ("Logging:LogLevel:MtaSts.Host", "Information"),
            .. settings,
        ];
    }

    public FakeTimeProvider Clock { get; }

    public StubCa Ca { get; }

    public StubCa? Fallback { get; }

    public StubCa? Staging { get; }

    /// <summary>Null before the first start; another one after each.</summary>
    public HostApp App => _app ?? throw new InvalidOperationException("The service was not started.");

    public RecordedLogs Log { get; } = new();

    /// <summary>`Data:Directory`.</summary>
    public string Data => Path.Combine(_folder.Path, "data");

    /// <summary>Every question to DNS is answered SERVFAIL.</summary>
    public bool DnsIsBroken { get; set; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="fallback">With a second CA.</param>
    /// <param name="staging">With a staging CA.</param>
    /// <param name="settings">Further ones; they come before the rig's own.</param>
    public static Task<StubCaRig> StartAsync(bool fallback = false, bool staging = false, params (string Key, string? Value)[] settings) => StartAsync(null, fallback, staging, settings);

    public static async Task<StubCaRig> StartAsync(Action<IServiceCollection>? services, bool fallback = false, bool staging = false, params (string Key, string? Value)[] settings)
    {
        // A whole second: what the CAs say of times has no parts of one.
        var clock = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()));
        var rig = new StubCaRig(clock, await StubCa.StartAsync(clock), fallback ? await StubCa.StartAsync(clock) : null, staging ? await StubCa.StartAsync(clock) : null, services, settings);
        await File.WriteAllTextAsync(Path.Combine(rig._folder.Path, "roots.pem"), string.Concat(rig.Cas.Select(ca => ca.RootPem)), Cancel);
        await rig.StartServiceAsync();
        await rig.App.AddTenantAsync();
        return rig;
    }

    /// <summary>The service again, on its store as it is.</summary>
    public async Task StartServiceAsync(params (string Key, string? Value)[] settings)
    {
        _app = await HostApp.StartAsync(
            directory: Data,
            clock: Clock,
            services: services =>
            {
                services.AddSingleton<ILoggerProvider>(Log);
                // They look or write every few seconds or minutes, also those of a leap over months, and have nothing to do with certificates.
                foreach (var loop in new[]
                {
                    typeof(NodeHeartbeats), typeof(ChallengeCleanup), typeof(AnnouncementUpkeep), typeof(WatchIntake), typeof(WatchRounds), typeof(RolloutUpkeep), typeof(FollowingUpkeep), typeof(NoticeLoop),
                })
                {
                    services.Remove(services.Single(service => service.ImplementationType == loop));
                }

                _services?.Invoke(services);
            },
            settings: [.. _settings, .. settings]);
        // Known once it listens; nothing reads it before there is a name.
        _app.Services.GetRequiredService<IOptions<PublicOptions>>().Value.HttpPort = _app.ChallengePort;
        foreach (var ca in Cas)
        {
            (ca.Behaviour.Validates, ca.Behaviour.ValidatesInsideRequest) = (true, true);
            ca.Behaviour.HttpTarget = new(System.Net.IPAddress.Parse("127.0.0.2"), _app.ChallengePort);
            ca.Behaviour.TlsTarget = new(System.Net.IPAddress.Loopback, _app.PolicyPort);
        }
    }

    public async Task StopServiceAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.DisposeAsync();
        }
    }

    /// <summary>Domains go in through the API and as far as they come.</summary>
    public async Task AddAsync(params string[] domains)
    {
        foreach (var domain in domains)
        {
            await App.PutDomainAsync(domain);
        }

        var hosts = domains.Select(domain => "mta-sts." + domain).ToArray();
        await Eventually.TrueAsync(
            async () =>
            {
                await using var db = App.Services.GetRequiredService<Store>().Open();
                return await db.CertificateJobs.CountAsync(row => hosts.Contains(row.HostName), Cancel) == hosts.Length;
            },
            () => "the domains have their jobs");
        await SettleAsync();
    }

    /// <summary>A domain with its first certificate, which is served.</summary>
    public async Task<StubCertificate> IssueAsync(string domain)
    {
        await AddAsync(domain);
        var certificate = Certificates(domain).Single();
        await AssertServedAsync(domain, certificate);
        return certificate;
    }

    /// <summary>What the main CA issued for the domain.</summary>
    public IReadOnlyList<StubCertificate> Certificates(string domain) => CertificatesOf(Ca, domain);

    public static IReadOnlyList<StubCertificate> CertificatesOf(StubCa ca, string domain) => [.. ca.Certificates.Where(certificate => certificate.Names.Single() == "mta-sts." + domain)];

    /// <summary>Time passes in one leap, and the service does all that has become due.</summary>
    public async Task AdvanceAsync(TimeSpan time)
    {
        Clock.Advance(time);
        await SettleAsync();
    }

    public Task AdvanceToAsync(DateTimeOffset time) => AdvanceAsync(time - Now);

    /// <summary>Time passes from one thing that is due to the next, as it does without a test.</summary>
    public async Task LiveAsync(TimeSpan time)
    {
        var end = Now + time;
        var jobs = App.Services.GetRequiredService<JobStore>();
        for (var steps = 0; Now < end; steps++)
        {
            Assert.True(steps < 2_000, $"Too much happens.{Environment.NewLine}{string.Join(Environment.NewLine, Log.Lines.TakeLast(100))}");
            var next = await jobs.NextDueAsync(Cancel) is { } due && due < end ? due : end;
            await AdvanceAsync(next > Now ? next - Now : TimeSpan.Zero);
        }
    }

    /// <summary>Time passes step by step until it is so, at most so many of them.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, TimeSpan step, int steps, string what)
    {
        for (var taken = 0; !await condition(); taken++)
        {
            Assert.True(taken < steps, $"After {steps} steps of {step} it is not so that {what}.{Environment.NewLine}{string.Join(Environment.NewLine, Log.Lines)}");
            await AdvanceAsync(step);
        }
    }

    /// <summary>
    /// Until nobody works on a job and none is due. Who waits within an order for the CA gets the seconds that he waits for: he is known by a
    /// second in which no request comes.
    /// </summary>
    public async Task SettleAsync()
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (requests, quietSince) = (-1, TimeSpan.Zero);
        while (!await IsAtRestAsync())
        {
            Assert.True(watch.Elapsed < Bound, $"The service does not come to rest.{Environment.NewLine}{string.Join(Environment.NewLine, Log.Lines.TakeLast(100))}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), Cancel);
            if (Cas.Sum(Requests) is var present && present != requests)
            {
                (requests, quietSince) = (present, watch.Elapsed);
            }
            else if (watch.Elapsed - quietSince > Quiet)
            {
                Clock.Advance(TimeSpan.FromSeconds(1));
                quietSince = watch.Elapsed;
            }
        }
    }

    /// <summary>How many requests have come to a CA.</summary>
    public static int Requests(StubCa ca) => Enum.GetValues<StubRequestKind>().Sum(ca.Count);

    /// <summary>How many lines hold the text.</summary>
    public int LogCount(string text) => Log.Lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        await StopServiceAsync();
        await _dns.DisposeAsync();
        foreach (var ca in Cas)
        {
            await ca.DisposeAsync();
        }

        Log.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    private IEnumerable<StubCa> Cas => new[] { Ca, Fallback, Staging }.OfType<StubCa>();

    private async Task<bool> IsAtRestAsync()
    {
        if (await IsLeasedAsync())
        {
            return false;
        }

        var jobs = App.Services.GetRequiredService<JobStore>();
        if (await jobs.NextDueAsync(Cancel) <= Now)
        {
            // Its loop looks every few seconds by itself; this is sooner.
            jobs.Changed.Pulse();
            return false;
        }

        // Nobody took one up between the two looks.
        return !await IsLeasedAsync();
    }

    // A lease that has run out is nobody's: then the job is due.
    private async Task<bool> IsLeasedAsync()
    {
        var now = Now;
        await using var db = App.Services.GetRequiredService<Store>().Open();
        return await db.CertificateJobs.AnyAsync(row => row.LeaseUntil > now, Cancel);
    }
}
