using System.Text.Json;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Tests.Certificates.Overview;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

/// <summary>`mtasts certificates` and `mtasts acme`.</summary>
public sealed class CertificateCommandTests(AcmeApps apps) : IClassFixture<AcmeApps>, IDisposable
{
    private static readonly string[] Settings =
    [
        "--Certificates:Source=Acme", "--Acme:AcceptTermsOfService=true", $"--Acme:DirectoryUrl={AcmeApps.Directory}", $"--Acme:StagingDirectoryUrl={AcmeApps.Staging}",
    ];

    private static readonly string SealingKey = $"--Certificates:SealingKey={Convert.ToBase64String(new byte[32])}";

    private readonly MtaStsProgram _program = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task Certificates_are_shown_as_a_table_and_as_JSON_while_the_service_is_down()
    {
        var now = TimeProvider.System.GetUtcNow();
        string idle, failing;
        await using (var app = await apps.StartAsync(StoreKind.Sqlite, _program.DataDirectory))
        {
            await app.AddTenantAsync();
            idle = await apps.AddAsync(app, job => JobRules.Issued(job, new CertificateDates(now.AddDays(-1), now.AddDays(89.5)), null, now.AddDays(-1), Random.Shared));
            failing = await apps.AddAsync(app, job => JobRules.Failed(
                job, new JobFailure(FailureKind.Name, "acme.dns", "no such name\u001b[2J\nreally"), now, Random.Shared, null, new CaChoice(AcmeApps.Directory)));
            (await AcmeApps.AddCertificateAsync(app, idle, now.AddDays(-1), now.AddDays(89.5))).Dispose();
        }

        var table = await _program.RunAsync(["certificates", .. Settings]);

        Assert.Equal((0, ""), (table.ExitCode, table.StandardError));
        var lines = table.StandardOutput.TrimEnd('\n').Split('\n');
        Assert.Matches("^HOST +CERTIFICATE +EXPIRES +ISSUING +NEXT +WHY$", lines[0]);
        Assert.Matches($@"^mta-sts\.{idle} +valid +[0-9-]{{10}} \(89 d\) +idle +[0-9-]{{10}} [0-9:]{{5}}$", lines[1]);
        Assert.Matches($@"^mta-sts\.{failing} +none +- +backoff +[0-9-]{{10}} [0-9:]{{5}} +acme\.dns: no such name \[2J really$", lines[2]);
        Assert.Equal("", lines[3]);
        Assert.Matches("^Certificates: +1 valid, 0 expiring, 0 expired, 0 revoked, 1 none$", lines[4]);
        Assert.Matches("^Issuing: +1 idle, 1 backoff$", lines[5]);
        Assert.Contains(lines, line => line.StartsWith("CA main:", StringComparison.Ordinal) && line.Contains("no account yet; well; left: first 270 of 270", StringComparison.Ordinal));

        var json = JsonElement.Parse((await _program.RunAsync(["certificates", "--state", "backoff", "--json", .. Settings])).StandardOutput);
        Assert.Equal([failing], json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("domain").GetString()));
        Assert.Equal(1, json.GetProperty("summary").GetProperty("certificates").GetProperty("valid").GetInt32());
        var cut = await _program.RunAsync(["certificates", "--limit", "1", .. Settings]);
        Assert.Contains("… and more; --limit shows more than 1.\n", cut.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain(failing, cut.StandardOutput.Split('\n')[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--state must be one of", "certificates", "--state", "sleepy")]
    [InlineData("--limit must be 1 to", "certificates", "--limit", "0")]
    [InlineData("--ca must be main, fallback, staging.", "acme", "new-key", "--ca", "other")]
    [InlineData("Certificates:Source is not Acme", "acme", "account")]
    public async Task Usage_is_told_with_exit_code_2(string message, params string[] command)
    {
        var result = await _program.RunAsync(command);

        Assert.Equal((2, ""), (result.ExitCode, result.StandardOutput));
        Assert.StartsWith($"mtasts: {message}", result.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_store_none_is_made_and_one_line_says_so()
    {
        var result = await _program.RunAsync("certificates");

        Assert.Equal((1, ""), (result.ExitCode, result.StandardOutput));
        Assert.StartsWith("mtasts: The database file ", result.StandardError, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_program.DataDirectory));
    }

    [Fact]
    public async Task An_account_is_shown_gets_a_new_key_and_is_replaced()
    {
        await using var ca = await StubCa.StartAsync();
        var roots = _program.PathOf("roots.pem");
        await File.WriteAllTextAsync(roots, ca.RootPem, Cancel);
        string[] settings = [.. Settings, $"--Acme:DirectoryUrl={ca.DirectoryUrl}", $"--Acme:TrustedRoots={roots}", SealingKey];
        await _program.RunAsync("migrate");

        var none = await _program.RunAsync(["acme", "account", .. settings]);
        Assert.Equal((0, ""), (none.ExitCode, none.StandardError));
        Assert.Equal($"main: {ca.DirectoryUrl}\n  account: none yet; it is made with the first order\nstaging: {AcmeApps.Staging}\n  account: none yet; it is made with the first order\n", none.StandardOutput);

        var first = await _program.RunAsync(["acme", "new-account", .. settings]);
        Assert.Equal((0, ""), (first.ExitCode, first.StandardError));
        var url = first.StandardOutput.Split(" is now ")[1].TrimEnd('\n', '.');
        Assert.Equal(1, ca.AccountCount);

        var key = await _program.RunAsync(["acme", "new-key", "--ca", "main", .. settings]);
        Assert.Equal((0, $"The account {url} has a new key.\n"), (key.ExitCode, key.StandardOutput));
        Assert.Equal((1, 1), (ca.AccountCount, ca.Count(StubRequestKind.KeyChange)));

        var shown = (await _program.RunAsync(["acme", "account", "--ca", "main", .. settings])).StandardOutput;
        Assert.Matches($@"\Amain: [^\n]+\n  account: {url}\n  state:   valid, since [^\n]+Z\n  terms:   https://stub-ca\.example/terms/1\n  made:    [^\n]+Z\n\z", shown);

        var second = await _program.RunAsync(["acme", "new-account", .. settings]);
        Assert.Equal(0, second.ExitCode);
        Assert.Contains($"accounturi={url} must be changed to accounturi=", second.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(2, ca.AccountCount);

        ca.Behaviour.HasKeyChange = false;
        var refused = await _program.RunAsync(["acme", "new-key", .. settings]);
        Assert.Equal((1, ""), (refused.ExitCode, refused.StandardOutput));
        Assert.Single(refused.StandardError.TrimEnd('\n').Split('\n'));

        var missing = await _program.RunAsync(["acme", "new-key", "--ca", "fallback", .. settings]);
        Assert.Equal((2, "mtasts: The settings name no fallback CA.\n"), (missing.ExitCode, missing.StandardError));
    }
}
