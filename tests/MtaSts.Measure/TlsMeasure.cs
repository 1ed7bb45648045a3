using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;
using MtaSts.Host.Policies;

/// <summary>Leaves of the local CA per second, bytes of a host in the vault, TLS contexts built per second, handshakes per second.</summary>
internal static class TlsMeasure
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    public static int Run(string[] args)
    {
        var hosts = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 100_000;
        var options = new CertificatesOptions { SealingKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(SealingKey.Bytes)) };
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        var app = Build(options, folder);
        var sealing = app.Services.GetRequiredService<KeySealing>();
        var vault = app.Services.GetRequiredService<CertificateVault>();
        using var issuer = new LocalIssuer(LocalAuthorityMaking.Make(TimeProvider.System.GetUtcNow(), sealing), sealing);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        var cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < hosts; i++)
        {
            vault.Set(issuer.Issue($"mta-sts.domain{i:D7}.example", TimeProvider.System.GetUtcNow()));
        }

        Console.WriteLine($"leaves: {hosts / watch.Elapsed.TotalSeconds:F0}/s on one thread, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / hosts:F2} ms of CPU each");
        Console.WriteLine($"vault: {(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)hosts:F0} bytes a host at {hosts} hosts");

        vault.TryGet("mta-sts.domain0000000.example", out var certificate);
        var count = 0;
        cpu = Environment.CpuUsage.TotalTime;
        for (watch.Restart(); watch.Elapsed < Span; count++)
        {
            TlsContexts.Build(certificate!, sealing).TargetCertificate.Dispose();
        }

        Console.WriteLine($"contexts: {count / watch.Elapsed.TotalSeconds:F0}/s on one thread, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / count:F2} ms of CPU each");

        var hello = new ReadOnlySequence<byte>(HelloBytes.Records(HelloBytes.Message(
            HelloBytes.Grease, HelloBytes.Name("mta-sts.domain0000000.example"), HelloBytes.Groups, HelloBytes.Signatures, HelloBytes.Protocols("h2", "http/1.1"), HelloBytes.Tls13, HelloBytes.Extension(51, new byte[1300]))));
        count = 0;
        before = GC.GetAllocatedBytesForCurrentThread();
        cpu = Environment.CpuUsage.TotalTime;
        for (watch.Restart(); watch.Elapsed < Span; count++)
        {
            ClientHello.Read(hello);
        }

        Console.WriteLine($"hellos: {(Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds / count:F0} ns of CPU and {(GC.GetAllocatedBytesForCurrentThread() - before) / count} bytes each");

        app.StartAsync().GetAwaiter().GetResult();
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        var done = 0;
        cpu = Environment.CpuUsage.TotalTime;
        watch.Restart();
        var clients = Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(client => Task.Run(async () =>
        {
            for (var i = client; watch.Elapsed < Span; i += 7)
            {
                await HandshakeAsync(port, $"mta-sts.domain{i % Math.Min(hosts, 100):D7}.example");
                Interlocked.Increment(ref done);
            }
        }));
        Task.WhenAll(clients).GetAwaiter().GetResult();
        Console.WriteLine($"handshakes: {done / watch.Elapsed.TotalSeconds:F0}/s over 100 hot hosts, {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / done:F2} ms of CPU each, client and server together");
        app.StopAsync().GetAwaiter().GetResult();
        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static async Task HandshakeAsync(int port, string host)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var stream = new SslStream(client.GetStream());
        // What is measured is the server; verification at this end would only take its time.
#pragma warning disable CA5359
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host, RemoteCertificateValidationCallback = (_, _, _, _) => true });
#pragma warning restore CA5359
    }

    // No loops, and nothing asks the store: what is measured reads memory only.
    private static WebApplication Build(CertificatesOptions options, string folder)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["Kestrel:Endpoints:Policy:Url"] = "https://127.0.0.1:0", ["Data:Directory"] = folder });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(Options.Create(options));
        builder.Services.AddData();
        builder.Services.AddSingleton<TlsMetrics>();
        builder.Services.AddSingleton<KeySealing>();
        builder.Services.AddSingleton(provider => new HotCertificates(
            certificate => TlsContexts.Build(certificate, provider.GetRequiredService<KeySealing>()), options.HotLimit, provider.GetRequiredService<TlsMetrics>()));
        builder.Services.AddSingleton<CertificateVault>();
        builder.Services.AddSingleton<PolicyHandshake>();
        builder.Services.AddSingleton<StoredAnswers>();
        builder.Services.AddSingleton<ChallengeAnswers>();
        builder.Services.AddSingleton<ChallengeCertificates>();
        builder.Services.AddSingleton<PublishedPolicies>();
        builder.AddListeners(TlsSetup.UsePolicyTls);
        var app = builder.Build();
        app.UsePolicies();
        return app;
    }
}
