using System.Net;

namespace MtaSts.Testing;

/// <summary>Postfix as a mail server at port 25 of an address of its own, with configuration and queue in a folder of its own. It takes connections, and delivers where a test wants it.</summary>
public sealed class PostfixServer : IAsyncDisposable
{
    public const string Package = "package postfix";

    private const string Daemons = "/usr/lib/postfix/sbin";
    private const string Nobody = "65534";

    private static readonly string[] QueueFolders = ["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "public", "saved", "trace"];

    private readonly OwnAddress _address = OwnAddress.Take();
    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-postfix-").FullName;
    private ChildProcess? _master;

    private PostfixServer()
    {
    }

    public IPAddress Address => _address.Address;

    /// <summary>Files of the messages that were delivered.</summary>
    public IReadOnlyList<string> Delivered => Directory.Exists(Path.Combine(_folder, "mail", "box", "new")) ? Directory.GetFiles(Path.Combine(_folder, "mail", "box", "new")) : [];

    /// <summary>What it has logged.</summary>
    public string Output => _master?.Output ?? "";

    /// <param name="chain">PEM of key, certificate and those in between; null: no TLS.</param>
    /// <param name="settings">Lines for main.cf.</param>
    public static async Task<PostfixServer> StartAsync(string? chain, params IReadOnlyList<string> settings)
    {
        Requires.Root(); // port 25, and the master process takes no other user
        Requires.Program("postfix", Package);
        PostfixServer postfix = new();
        try
        {
            await postfix.RunAsync(chain, settings);
        }
        catch
        {
            await postfix.DisposeAsync();
            throw;
        }

        return postfix;
    }

    /// <summary>It puts what comes for one mailbox into a folder, and refuses all others of its domain.</summary>
    /// <param name="chain">PEM as above, for the address that it listens at.</param>
    /// <param name="mailbox">The one that it knows.</param>
    public static async Task<PostfixServer> StartDeliveringAsync(Func<IPAddress, string> chain, string mailbox)
    {
        Requires.Root(); // as above
        Requires.Program("postfix", Package);
        PostfixServer postfix = new();
        try
        {
            string mail = Path.Combine(postfix._folder, "mail");
            Directory.CreateDirectory(mail);
            await ChildProcess.RunAsync("chown", [$"{Nobody}:{Nobody}", mail]);
            await postfix.RunAsync(
                chain(postfix.Address),
                [
                    $"virtual_mailbox_domains = {mailbox[(mailbox.IndexOf('@', StringComparison.Ordinal) + 1)..]}",
                    $"virtual_mailbox_maps = inline:{{{{{mailbox} = box/}}}}",
                    $"virtual_mailbox_base = {mail}",
                    $"virtual_uid_maps = static:{Nobody}",
                    $"virtual_gid_maps = static:{Nobody}",
                ],
                """
                cleanup unix n - n - 0 cleanup
                qmgr unix n - n 300 1 qmgr
                virtual unix - n n - - virtual
                bounce unix - - n - 0 bounce
                defer unix - - n - 0 bounce
                trace unix - - n - 0 bounce
                error unix - - n - - error
                retry unix - - n - - error
                """);
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
        _address.Dispose();
    }

    private async Task RunAsync(string? chain, IReadOnlyList<string> settings, string services = "")
    {
        // Its daemons give up root, and go through the folder still.
        await ChildProcess.RunAsync("chmod", ["755", _folder]);
        foreach (string folder in (string[])["etc", "data", "queue/pid", .. QueueFolders.Select(name => $"queue/{name}")])
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        await ChildProcess.RunAsync("chown", ["postfix", Path.Combine(_folder, "data"), .. QueueFolders.Select(name => Path.Combine(_folder, "queue", name))]);
        if (chain is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, "chain.pem"), chain);
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
            smtpd_tls_security_level = {(chain is null ? "none" : "may")}
            {(chain is null ? "" : $"smtpd_tls_chain_files = {_folder}/chain.pem")}
            {string.Join('\n', settings)}

            """);
        await File.WriteAllTextAsync(Path.Combine(_folder, "etc", "master.cf"), $"""
            {Address}:25 inet n - n - - smtpd
            tlsmgr unix - - n 1000? 1 tlsmgr
            anvil unix - - n - 1 anvil
            rewrite unix - - n - - trivial-rewrite
            postlog unix-dgram n - n - 1 postlogd
            {services}

            """);
        // In a process group of its own: at its end it ends that group. It changes its user for a moment, and with that the kernel forgets that it is to
        // end with this process (prctl(2)): so it ends by itself after a while, should this one be killed.
        _master = await ChildProcess.StartAsync(Requires.Program("setsid", "package util-linux"), [$"{Daemons}/master", "-c", Path.Combine(_folder, "etc"), "-d", "-s", "-e", "600"]);
        await _master.WaitForOutputAsync("daemon started");
    }
}
