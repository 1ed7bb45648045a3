using System.Net.Sockets;
using System.Text;

namespace MtaSts.Testing;

/// <summary>
/// mta-sts-daemon of postfix-mta-sts-resolver in a <see cref="ClientNetwork"/>: the sender's side as Postfix uses it.
/// It is asked over its socketmap protocol (socketmap_table(5): netstrings) at a Unix socket, which is reachable from outside the network.
/// </summary>
public sealed class StsDaemon : IAsyncDisposable
{
    public const string Package = "package postfix-mta-sts-resolver";

    // responder.py, is_stale: a cached policy younger than cache_grace (60 s by default) is given without a look at the TXT record.
    // With 0 every question looks at it; whether the policy is fetched again is still decided by the id alone.
    private const string Configuration = """
        path: PATH
        cache_grace: 0
        shutdown_timeout: 1
        cache:
          type: internal
        """;

    private readonly ChildProcess _daemon;
    private readonly string _socket;

    private StsDaemon(ChildProcess daemon, string socket)
    {
        _daemon = daemon;
        _socket = socket;
    }

    public string Output => _daemon.Output;

    /// <summary>The network must trust the policy host's root by now: the daemon reads it once.</summary>
    public static async Task<StsDaemon> StartAsync(ClientNetwork network)
    {
        string program = Requires.Program("mta-sts-daemon", Package);
        string socket = Path.Combine(network.Folder, "mta-sts-daemon.socket");
        string configuration = Path.Combine(network.Folder, "mta-sts-daemon.yml");
        await File.WriteAllTextAsync(configuration, Configuration.Replace("PATH", socket, StringComparison.Ordinal));
        StsDaemon daemon = new(await network.StartAsync(program, ["-c", configuration]), socket);
        try
        {
            await daemon._daemon.WaitForOutputAsync("Server started.");
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }

        return daemon;
    }

    /// <returns>
    /// `OK secure match=PATTERNS servername=hostname` where a policy is to be enforced, `*.` given as `.` and the patterns in no fixed order;
    /// `NOTFOUND ` for none, and also for the modes `testing` and `none`.
    /// </returns>
    public async Task<string> AskAsync(string domain, CancellationToken cancel)
    {
        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_socket), cancel);
        await using NetworkStream stream = new(socket);
        string question = $"postfix {domain}";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{question.Length}:{question},"), cancel);

        int length = 0;
        for (byte next = await ReadByteAsync(); next != ':'; next = await ReadByteAsync())
        {
            length = (10 * length) + (next - '0');
        }

        byte[] answer = new byte[length];
        await stream.ReadExactlyAsync(answer, cancel);
        return Encoding.UTF8.GetString(answer);

        async Task<byte> ReadByteAsync()
        {
            byte[] one = new byte[1];
            await stream.ReadExactlyAsync(one, cancel);
            return one[0];
        }
    }

    public ValueTask DisposeAsync() => _daemon.DisposeAsync();
}
