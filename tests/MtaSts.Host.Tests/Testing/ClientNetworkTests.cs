using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

/// <summary>The real clients against an independent policy host (openssl s_server): what they do is theirs, not ours.</summary>
public sealed class ClientNetworkTests
{
    private const string Url = "https://mta-sts.a.test/.well-known/mta-sts.txt";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_are_those_that_the_test_published_and_change_when_it_says_so()
    {
        await using ClientNetwork network = await ClientNetwork.StartAsync();
        await network.SetAddressAsync("mta-sts.a.test", "127.0.0.1");
        await network.SetAddressAsync("mta-sts.b.test", "127.0.0.2");
        Assert.StartsWith("127.0.0.1 ", await LookUpAsync("mta-sts.a.test"), StringComparison.Ordinal);

        await network.SetAddressAsync("mta-sts.a.test", "127.0.0.3");
        Assert.StartsWith("127.0.0.3 ", await LookUpAsync("mta-sts.a.test"), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.2 ", await LookUpAsync("mta-sts.b.test"), StringComparison.Ordinal);
        Assert.Equal("", await LookUpAsync("mta-sts.c.test"));

        async Task<string> LookUpAsync(string name) => (await network.RunAsync("getent", "ahostsv4", name)).StandardOutput;
    }

    [Fact]
    public async Task Curl_inside_reaches_a_program_inside_and_trusts_only_the_roots_of_the_network()
    {
        Requires.Program("curl", "package curl");
        await using ClientNetwork network = await ClientNetwork.StartAsync();
        await network.SetAddressAsync("mta-sts.a.test", "127.0.0.1");
        await using ChildProcess host = await StartPolicyHostAsync(network, "version: STSv1\r\n");

        const int CannotReadRoots = 77;
        Assert.Equal(CannotReadRoots, (await network.RunAsync("curl", "-sS", Url)).ExitCode);

        network.Trust(Path.Combine(network.Folder, "root.pem"));
        Assert.Equal(new CommandResult(0, "version: STSv1\r\n", ""), await network.RunAsync("curl", "-sS", Url));

        const int CannotConnect = 7;
        CommandResult outside = await ChildProcess.RunAsync("curl", ["-sSk", "--resolve", "mta-sts.a.test:443:127.0.0.1", Url]);
        Assert.Equal(CannotConnect, outside.ExitCode);
    }

    [Fact]
    public async Task Mta_sts_query_fetches_a_policy_and_finds_none_for_an_unknown_name()
    {
        Requires.Program("mta-sts-query", StsDaemon.Package);
        await using ClientNetwork network = await ClientNetwork.StartAsync();
        await network.SetAddressAsync("mta-sts.a.test", "127.0.0.1");
        await network.SetTextAsync("_mta-sts.a.test", "v=STSv1; id=1;");
        await using ChildProcess host = await StartPolicyHostAsync(network, Policy("enforce", "mail.a.test"));
        network.Trust(Path.Combine(network.Folder, "root.pem"));

        Assert.Contains("VALID", (await network.RunAsync("mta-sts-query", "a.test")).StandardOutput, StringComparison.Ordinal);
        Assert.Contains("NOT_CHANGED", (await network.RunAsync("mta-sts-query", "a.test", "1")).StandardOutput, StringComparison.Ordinal);
        Assert.Contains("NONE", (await network.RunAsync("mta-sts-query", "b.test")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_daemon_fetches_again_when_and_only_when_the_id_changes()
    {
        Requires.Program("mta-sts-daemon", StsDaemon.Package);
        await using ClientNetwork network = await ClientNetwork.StartAsync();
        await network.SetAddressAsync("mta-sts.a.test", "127.0.0.1");
        await network.SetTextAsync("_mta-sts.a.test", "v=STSv1; id=1;");
        await using ChildProcess host = await StartPolicyHostAsync(network, Policy("enforce", "old.a.test"));
        network.Trust(Path.Combine(network.Folder, "root.pem"));
        await using StsDaemon daemon = await StsDaemon.StartAsync(network);

        Assert.Equal("NOTFOUND ", await daemon.AskAsync("b.test", Cancel));
        Assert.Equal("OK secure match=old.a.test servername=hostname", await daemon.AskAsync("a.test", Cancel));

        await WritePolicyAsync(network, Policy("enforce", "new.a.test"));
        Assert.Equal("OK secure match=old.a.test servername=hostname", await daemon.AskAsync("a.test", Cancel));

        await network.SetTextAsync("_mta-sts.a.test", "v=STSv1; id=2;");
        Assert.Equal("OK secure match=new.a.test servername=hostname", await daemon.AskAsync("a.test", Cancel));

        await WritePolicyAsync(network, Policy("testing", "new.a.test"));
        await network.SetTextAsync("_mta-sts.a.test", "v=STSv1; id=3;");
        Assert.Equal("NOTFOUND ", await daemon.AskAsync("a.test", Cancel));

        // One fetch for each of the three ids.
        await host.WaitUntilAsync(() => Task.FromResult(Fetches() >= 3), "three fetches");
        Assert.Equal(3, Fetches());

        int Fetches() => host.Output.Split("FILE:.well-known/mta-sts.txt").Length - 1;
    }

    private static string Policy(string mode, string mx) => $"version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: 604800\r\n";

    private static async Task<ChildProcess> StartPolicyHostAsync(ClientNetwork network, string policy)
    {
        Requires.Program("openssl", "package openssl");
        await WritePolicyAsync(network, policy);
        await WriteCertificatesAsync(network.Folder);

        // -WWW answers with the files below the working folder, as text/plain.
        ChildProcess host = await network.StartAsync(
            "openssl", ["s_server", "-accept", "127.0.0.1:443", "-cert", "host.pem", "-key", "host.pem", "-WWW"]);
        await host.WaitForOutputAsync("ACCEPT");
        return host;
    }

    private static async Task WritePolicyAsync(ClientNetwork network, string policy)
    {
        string folder = Path.Combine(network.Folder, ".well-known");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "mta-sts.txt"), policy, Cancel);
    }

    private static async Task WriteCertificatesAsync(string folder)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using ECDsa rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest rootRequest = new("CN=Root of a test", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 root = rootRequest.CreateSelfSigned(now.AddHours(-1), now.AddDays(1));

        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Policy host of a test", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("mta-sts.a.test");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.Create(root, now.AddHours(-1), now.AddHours(23), [1]);

        await File.WriteAllTextAsync(Path.Combine(folder, "root.pem"), root.ExportCertificatePem(), Cancel);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "host.pem"), certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem(), Cancel);
    }
}
