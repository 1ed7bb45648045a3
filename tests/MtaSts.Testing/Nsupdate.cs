using System.Net;

namespace MtaSts.Testing;

/// <summary>Changes a zone as its owner would, by nsupdate (package bind9-dnsutils).</summary>
public static class Nsupdate
{
    /// <param name="server">Primary of the zone.</param>
    /// <param name="key">One that may write it.</param>
    /// <param name="zone">Its name.</param>
    /// <param name="lines">What stands behind `update`: `add NAME TTL TYPE DATA`, `delete NAME [TYPE]`.</param>
    /// <exception cref="InvalidOperationException">The server did not take it.</exception>
    public static async Task SendAsync(IPEndPoint server, UpdateKey key, string zone, params IEnumerable<string> lines)
    {
        string script = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(
                script, [$"server {server.Address} {server.Port}", $"zone {zone}", $"key {key.Algorithm}:{key.Name} {key.Secret}", .. lines.Select(line => $"update {line}"), "send"]);
            CommandResult result = await ChildProcess.RunAsync(Requires.Program("nsupdate", "package bind9-dnsutils"), [script]);
            if (result.ExitCode != 0)
            {
                throw new InvalidOperationException(result.Output);
            }
        }
        finally
        {
            File.Delete(script);
        }
    }
}
