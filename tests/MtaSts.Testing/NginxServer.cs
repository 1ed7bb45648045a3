using System.Net;
using System.Net.Sockets;

namespace MtaSts.Testing;

/// <summary>nginx with the servers of a test. One process: with a master, the worker would outlive a test process that is killed.</summary>
public sealed class NginxServer : IAsyncDisposable
{
    public const string Package = "package nginx-light";

    private readonly ChildProcess _process;

    private NginxServer(ChildProcess process) => _process = process;

    public string Output => _process.Output;

    /// <param name="folder">The test's own; relative file names of <paramref name="servers"/> lie in it.</param>
    /// <param name="listens">Where it listens by then; addresses of the test's own.</param>
    /// <param name="servers">What stands inside `http { }`.</param>
    public static Task<NginxServer> StartAsync(string folder, IReadOnlyList<IPEndPoint> listens, string servers) => StartAsync(
        folder,
        servers,
        (program, arguments) => ChildProcess.StartAsync(program, arguments),
        async process =>
        {
            foreach (IPEndPoint listen in listens)
            {
                await process.WaitUntilAsync(() => ListensAsync(listen), $"nginx listens at {listen}");
            }
        });

    /// <summary>Inside a network; relative file names of <paramref name="servers"/> lie in its folder.</summary>
    public static Task<NginxServer> StartAsync(ClientNetwork network, string servers) => StartAsync(
        network.Folder,
        servers,
        (program, arguments) => network.StartAsync(program, arguments),
        // The last notice of a start; it listens by then.
        process => process.WaitForOutputAsync("getrlimit(RLIMIT_NOFILE)"));

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<NginxServer> StartAsync(
        string folder, string servers, Func<string, IReadOnlyList<string>, Task<ChildProcess>> start, Func<ChildProcess, Task> waitAsync)
    {
        string program = Requires.Program("nginx", Package);
        string file = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(file, $$"""
            daemon off;
            master_process off;
            pid "{{folder}}/nginx.pid";
            error_log stderr notice;
            events { }
            http {
                access_log off;
                default_type text/plain;
                {{string.Join('\n', new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }.Select(kind => $"{kind}_temp_path \"{folder}/{kind}\";"))}}
                {{servers}}
            }

            """);
        ChildProcess process = await start(program, ["-c", file, "-p", folder, "-e", "stderr"]);
        try
        {
            await waitAsync(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        return new NginxServer(process);
    }

    private static async Task<bool> ListensAsync(IPEndPoint at)
    {
        using Socket socket = new(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(at);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
