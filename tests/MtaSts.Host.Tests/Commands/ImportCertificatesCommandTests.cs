using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtaSts.Host.Certificates;
using MtaSts.Host.Tests.Certificates.Import;
using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

public sealed class ImportCertificatesCommandTests : IDisposable
{
    private readonly TestFolder _data = new();
    private readonly ImportFolders _folders = new();

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    public void Dispose()
    {
        _folders.Dispose();
        _data.Dispose();
    }

    [Fact]
    public async Task A_running_service_serves_what_was_imported_with_the_key_that_it_brought()
    {
        using var dead = OwnAddress.Take();
        using var logs = new RecordedLogs();
        await using var app = await HostApp.StartAsync(
            directory: _data.Path,
            services: own => own.AddSingleton<ILoggerProvider>(logs),
            settings:
            [
                ("Certificates:Source", "Acme"), ("Acme:DirectoryUrl", $"https://{dead.At(1)}/dir"), ("Acme:AcceptTermsOfService", "true"), ("Acme:Email", "ops@example.com"),
                ("Acme:StagingDirectoryUrl", "none"), ("Dns:Resolvers", dead.At(1)), ("Certificates:SealingKey", null),
            ]);
        await app.AddTenantAsync();
        await app.PutDomainAsync("example.com");
        var leaf = _folders.Write("a.pem", _folders.Issue("mta-sts.example.com mta-sts.later.example", RSA.Create(2048), Now.AddDays(-1), Now.AddDays(80)));
        _folders.WriteText("broken.pem", "nothing");

        var result = await RunAsync("--dry-run");
        Assert.EndsWith("Nothing was changed, this would be: 2 imported, 0 replaced, 0 kept, 0 failed; 2 files read, 1 with faults, 0 certificates for no policy host\n", result.StandardOutput, StringComparison.Ordinal);
        result = await RunAsync();
        Assert.Equal((1, ""), (result.ExitCode, result.StandardError));
        var lines = result.StandardOutput.Split('\n');
        Assert.Equal($"mta-sts.example.com    imported  until {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd}  RSA 2048     a.pem", lines[0]);
        Assert.Equal("broken.pem holds nothing in PEM", lines[2]);
        Assert.StartsWith("Mind: no root", lines[3], StringComparison.Ordinal);

        var vault = app.Services.GetRequiredService<CertificateVault>();
        await Eventually.TrueAsync(
            () =>
            {
                app.Clock.Advance(TimeSpan.FromSeconds(1));
                return vault.TryGet("mta-sts.example.com", out _);
            },
            "the imported certificate is in memory");
        await FetchAsync(app, "example.com");
        await app.PutDomainAsync("later.example");
        await FetchAsync(app, "later.example");
        AssertNoSecret(logs.Lines, leaf.GetRSAPrivateKey()!);
        Assert.All(File.ReadAllLines(Path.Combine(_data.Path, "sealing.key")), key => Assert.DoesNotContain(logs.Lines, line => line.Contains(key, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task As_JSON_it_is_one_object_with_every_host_and_every_fault()
    {
        _folders.Write("a.pem", _folders.Issue("mta-sts.example.com", notBefore: Now.AddDays(-1), notAfter: Now.AddDays(80)));
        _folders.Write("b.pem", _folders.Issue("mta-sts.example.net", notBefore: Now.AddDays(-9), notAfter: Now.AddDays(-8)));
        var result = await RunAsync("--json");
        Assert.Equal((1, ""), (result.ExitCode, result.StandardError));
        using var json = JsonDocument.Parse(result.StandardOutput);
        Assert.Equal((1, 1), (json.RootElement.GetProperty("imported").GetInt32(), json.RootElement.GetProperty("failed").GetInt32()));
        Assert.Equal(["imported", "failed"], json.RootElement.GetProperty("hosts").EnumerateArray().Select(host => host.GetProperty("outcome").GetString()!));
        File.Delete(Path.Combine(_folders.Path, "b.pem"));
        Assert.Equal(0, (await RunAsync("--json")).ExitCode);
    }

    [Fact]
    public async Task With_the_local_CA_or_without_a_folder_nothing_is_imported()
    {
        var refused = await ChildProcess.RunAsync("dotnet", [ServiceProcess.Program, "import-certificates", _folders.Path, $"--Data:Directory={_data.Path}"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("Certificates:Source is LocalCa", refused.StandardError, StringComparison.Ordinal);
        Assert.Equal(2, (await RunAsync("--format", "other")).ExitCode);
        Assert.Equal(2, (await RunAsync("--format", "certbot", "--password-file", "/nowhere")).ExitCode);
        Assert.Empty(Directory.GetFileSystemEntries(_data.Path));
    }

    private static async Task FetchAsync(HostApp app, string domain)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, app.PolicyPort, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new() { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
        });
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await client.GetStringAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"))).StartsWith("version: STSv1", StringComparison.Ordinal);
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => $"{domain} is served");
    }

    // In the forms in which a key could slip into a line.
    private static void AssertNoSecret(IEnumerable<string> lines, RSA key)
    {
        var secret = key.ExportParameters(includePrivateParameters: true).D!;
        string[] forms = ["PRIVATE KEY", Convert.ToBase64String(secret)[..40], Convert.ToHexString(secret)[..40], Convert.ToHexStringLower(secret)[..40]];
        Assert.All(lines, line => Assert.All(forms, form => Assert.DoesNotContain(form, line, StringComparison.Ordinal)));
    }

    private async Task<CommandResult> RunAsync(params string[] arguments)
    {
        var result = await ChildProcess.RunAsync(
            "dotnet", [ServiceProcess.Program, "import-certificates", _folders.Path, .. arguments, $"--Data:Directory={_data.Path}", "--Certificates:Source=Acme"]);
        Assert.DoesNotContain("   at ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE", result.Output, StringComparison.Ordinal);
        return result;
    }
}
