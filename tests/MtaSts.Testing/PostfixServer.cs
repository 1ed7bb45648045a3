using System.Net;

namespace MtaSts.Testing;

/// <summary>Postfix as a mail server at port 25 of addresses of its own, with configuration and queue in a folder of its own. It takes connections and delivers nothing.</summary>
public sealed class PostfixServer : IAsyncDisposable
{
    public const string Package = "package postfix";

    private const string Daemons = "/usr/lib/postfix/sbin";

    private static readonly string[] QueueFolders = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "public", "saved", "trace"];

    private readonly OwnAddress? _address;
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-postfix-").FullName;
    private ChildProcess? _master;

    private PostfixServer(OwnAddress? address) => _address = address;

    public IPAddress Address => _address!.Address;

    /// <summary>What it has logged.</summary>
    public string Output => _master?.Output ?? "";

    /// <param name="chain">PEM of key, certificate and those in between; null: no TLS.</param>
    /// <param name="settings">As in main.cf.</param>
    public static Task<PostfixServer> StartAsync(string? chain, params IReadOnlyList<string> settings)
    {
        Requires.Root(); // port 25
        OwnAddress address = OwnAddress.Take();
        return StartAsync(new PostfixServer(address), (program, arguments) => ChildProcess.StartAsync(program, arguments), [new PostfixService(address.Address, chain, settings)]);
    }

    /// <summary>Inside a network, one for all of its addresses.</summary>
    public static Task<PostfixServer> StartAsync(ClientNetwork network, IReadOnlyList<PostfixService> services) =>
        StartAsync(new PostfixServer(null), (program, arguments) => network.StartAsync(program, arguments), services);

    private static async Task<PostfixServer> StartAsync(
        PostfixServer postfix, Func<string, IReadOnlyList<string>, Task<ChildProcess>> start, IReadOnlyList<PostfixService> services)
    {
        try
        {
            Requires.Root(); // the master process takes no other user
            Requires.Program("postfix", Package);
            await postfix.RunAsync(start, services);
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }

        return postfix;
    }

    public async ValueTask DisposeAsync()
    {
        if (_master is not null)
        {
            await _master.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
        _address?.Dispose();
    }

    private async Task RunAsync(Func<string, IReadOnlyList<string>, Task<ChildProcess>> start, IReadOnlyList<PostfixService> services)
    {
        // Its daemons give up root, and go through the folder still.
        await ChildProcess.RunAsync("chmod", ["755", _folder]);
        foreach (string folder in (string[])["etc", "data", "queue/pid", .. QueueFolders.Select(name => $"queue/{name}")])
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        await ChildProcess.RunAsync("chown", ["postfix", Path.Combine(_folder, "data"), .. QueueFolders.Select(name => Path.Combine(_folder, "queue", name))]);
        List<string> lines = [];
        foreach (PostfixService service in services)
        {
            string chain = Path.Combine(_folder, $"chain{lines.Count}.pem");
            string[] settings = service.Chain is null ? ["smtpd_tls_security_level = none"] : ["smtpd_tls_security_level = may", $"smtpd_tls_chain_files = {chain}"];
            await File.WriteAllTextAsync(chain, service.Chain ?? "");
            lines.Add($"{service.Address}:25 inet n - n - - smtpd{string.Concat(settings.Concat(service.Settings).Select(setting => $" -o {{ {setting} }}"))}");
        }

        // inet_interfaces takes no other address of 127.0.0.0/8; the service names its own.
        await File.WriteAllTextAsync(Path.Combine(_folder, "etc", "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_folder}/queue
            data_directory = {_folder}/data
            maillog_file = /dev/stdout
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = postfix.test
            alias_maps =
            local_recipient_maps =
            smtpd_peername_lookup = no

            """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "etc", "master.cf"), $"""
            {string.Join('\n', lines)}
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            rewrite unix - - n - - trivial-rewrite
            postlog unix-dgram n - n - 1 postlogd

            """);
        // In a process group of its own: at its end it ends that group. It changes its user for a moment, and with that the kernel forgets that it is to
        // end with this process (prctl(2)): so it ends by itself after a while, should this one be killed.
        _master = await start(Requires.Program("setsid", "package util-linux"), [$"{Daemons}/master", "-c", Path.Combine(_folder, "etc"), "-d", "-s", "-e", "600"]);
        await _master.WaitForOutputAsync("daemon started");
    }
}
