namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>nginx of the test network: it gives the policies of all cases, and for some of them it does what the table says instead.</summary>
internal sealed class NetworkWeb(string folder, NetworkCertificates certificates, NetworkTable table)
{
    private const string Plain = "types { } default_type text/plain;";

    private string Files => Path.Combine(folder, "web");

    /// <returns>What stands inside `http { }`.</returns>
    public async Task<string> WriteAsync()
    {
        Directory.CreateDirectory(Files);
        await File.WriteAllTextAsync(Path.Combine(Files, "page.html"), "<!DOCTYPE html>\n<title>Welcome</title>\n");
        await using (var large = File.Create(Path.Combine(Files, "large")))
        {
            // 100 MB, none of them on the disk.
            large.SetLength(100L << 20);
        }

        foreach (var one in table.Cases)
        {
            await File.WriteAllTextAsync(Path.Combine(Files, HostOf(one)), one.Text);
        }

        // Their own server is the first at an address that no other has.
        var ordinary = certificates.Issue("good", "web", [.. table.Cases.Select(HostOf)]);
        return $$"""
            ssl_protocols TLSv1.2 TLSv1.3;
            server {
                {{Listens(table.Web, "default_server")}}
                ssl_certificate {{ordinary}}.pem;
                ssl_certificate_key {{ordinary}}.key;
                location = /.well-known/mta-sts.txt { alias {{Files}}/$host; {{Plain}} }
            }
            {{string.Join('\n', table.Cases.SelectMany(one => one.Web.Select((web, index) => Server(one, web, index))))}}
            """;
    }

    private static string HostOf(NetworkCase one) => $"mta-sts.{one.Domain}";

    private static string Listens(IEnumerable<string> addresses, string option = "") =>
        string.Join(' ', addresses.Select(address => $"listen {(address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address)}:443 ssl {option};"));

    private string Server(NetworkCase one, TableWeb web, int index)
    {
        var certificate = certificates.Issue(web.Certificate, $"web-{one.Name}-{index}", [HostOf(one)]);
        return $$"""
            server {
                {{Listens(web.At ?? one.Host)}}
                server_name {{HostOf(one)}};
                ssl_certificate {{certificate}}.pem;
                ssl_certificate_key {{certificate}}.key;
                {{web.Server?.Replace("FOLDER", Files, StringComparison.Ordinal)}}
                location = /.well-known/mta-sts.txt { {{web.Location?.Replace("FOLDER", Files, StringComparison.Ordinal) ?? $"alias {Files}/{HostOf(one)}; {Plain}"}} }
            }
            """;
    }
}
