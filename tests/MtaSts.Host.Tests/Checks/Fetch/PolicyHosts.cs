using System.Net;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Fetch;

/// <summary>nginx as policy host of many domains, each with its own fault, at port 443 of addresses of its own; BIND leads there.</summary>
public sealed class PolicyHosts : IAsyncLifetime
{
    public const string Text = "version: STSv1\r\nmode: enforce\r\nmx: mx.example.test\r\nmax_age: 1209600\r\n";

    private const string Plain = "types { } default_type text/plain;";

    private readonly string _folder = Directory.CreateTempSubdirectory("mtasts-policyhosts-").FullName;
    private readonly OwnAddress _first = OwnAddress.Take();
    private readonly OwnAddress _second = OwnAddress.Take();
    private readonly OwnAddress _old = OwnAddress.Take();
    private readonly OwnAddress _nobody = OwnAddress.Take();
    private readonly List<string> _servers = [];
    private readonly Dictionary<string, string?> _zones = [];
    private TestAuthority _trusted = null!;
    private TestAuthority _stranger = null!;
    private NginxServer? _nginx;

    public BindServer Bind { get; private set; } = null!;

    public string Roots => _trusted.RootFile;

    public string First => _first.ToString();

    public string Second => _second.ToString();

    public string Nobody => _nobody.ToString();

    public async ValueTask InitializeAsync()
    {
        _trusted = new TestAuthority(_folder);
        _stranger = new TestAuthority(_folder, "Stranger");
        await File.WriteAllTextAsync(Path.Combine(_folder, "good.txt"), Text);
        await File.WriteAllTextAsync(Path.Combine(_folder, "other.txt"), Text.Replace("enforce", "testing", StringComparison.Ordinal));
        await File.WriteAllTextAsync(Path.Combine(_folder, "page.html"), "<!DOCTYPE html>\n<title>Welcome</title>\n");
        await using (var large = File.Create(Path.Combine(_folder, "large.txt")))
        {
            large.SetLength(100L << 20);
        }

        var now = TimeProvider.System.GetUtcNow();
        _zones["norecord.test"] = $"mta-sts A {_first}";
        Add("norecord", Give("good.txt"));
        Add("good", Give("good.txt"));
        Add("redirect", "return 301 https://www.redirect.test/mta-sts;");
        Add("missing", "return 404;");
        Add("html", "alias page.html; types { } default_type text/html;");
        Add("page", Give("page.html"));
        Add("binary", "alias good.txt; types { } default_type application/octet-stream;");
        Add("charset", "alias good.txt; types { } default_type \"Text/Plain; charset=iso-8859-1\";");
        Add("large", Give("large.txt"));
        Add("gzip", Give("good.txt") + " add_header Content-Encoding gzip;");
        Add("agent", "if ($http_user_agent = \"\") { return 403; } " + Give("good.txt"));
        Add("expired", Give("good.txt"), (file, name) => _trusted.Issue(file, [name], now.AddDays(-30), now.AddDays(-1)));
        Add("soon", Give("good.txt"), (file, name) => _trusted.Issue(file, [name], now.AddDays(-80), now.AddDays(3)));
        Add("othername", Give("good.txt"), (file, _) => _trusted.Issue(file, ["www.othername.test", "othername.test"]));
        Add("common", Give("good.txt"), (file, name) => _trusted.Issue(file, [], commonName: name));
        Add("wildcard", Give("good.txt"), (file, _) => _trusted.Issue(file, ["*.wildcard.test"]));
        Add("untrusted", Give("good.txt"), (file, name) => _stranger.Issue(file, [name]));
        using (var below = _trusted.Below("Intermediate"))
        {
            Add("chain", Give("good.txt"), (file, name) => below.Issue(file, [name], withIssuer: true));
            Add("cutchain", Give("good.txt"), (file, name) => below.Issue(file, [name]));
        }

        Add("deadv6", Give("good.txt"), more: "mta-sts AAAA ::1");
        Add("deadv4", Give("good.txt"), more: $"mta-sts A {_nobody}");
        Add("two", Give("good.txt"), more: $"mta-sts A {_second}");
        Add("two", Give("other.txt"), at: _second);
        Add("oldtls", Give("good.txt"), at: _old, server: "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers DEFAULT:@SECLEVEL=0;");
        _zones["nobody.test"] = $"mta-sts A {_nobody}";
        _zones["dangling.test"] = "mta-sts CNAME nothing";
        _zones["many.test"] = string.Join('\n', Enumerable.Range(1, 9).Select(number => $"mta-sts A {_nobody.Address.GetAddressBytes()[0]}.1.2.{number}"));
        _zones["broken.test"] = null;
        Bind = await BindServer.StartAsync(_zones);
        _nginx = await NginxServer.StartAsync(_folder, [.. new[] { _first, _second, _old }.Select(own => new IPEndPoint(own.Address, 443))], "ssl_protocols TLSv1.2 TLSv1.3;\n" + string.Join('\n', _servers));
    }

    public async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        if (Bind is not null)
        {
            await Bind.DisposeAsync();
        }

        foreach (var own in new IDisposable?[] { _first, _second, _old, _nobody, _trusted, _stranger })
        {
            own?.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Give(string file) => $"alias {file}; {Plain}";

    private void Add(string label, string location, Action<string, string>? issue = null, string more = "", OwnAddress? at = null, string server = "")
    {
        var name = $"mta-sts.{label}.test";
        var file = $"{label}{_servers.Count}";
        (issue ?? ((certificate, host) => _trusted.Issue(certificate, [host])))(file, name);
        var own = at ?? _first;
        _servers.Add($$"""
            server {
                listen {{own}}:443 ssl;
                server_name {{name}};
                ssl_certificate {{file}}.pem;
                ssl_certificate_key {{file}}.key;
                {{server}}
                location = /.well-known/mta-sts.txt { {{location.Replace("alias ", $"alias {_folder}/", StringComparison.Ordinal)}} }
            }
            """);
        if (!_zones.ContainsKey($"{label}.test"))
        {
            _zones[$"{label}.test"] = $"_mta-sts TXT \"v=STSv1; id={label}1;\"\nmta-sts A {own}\n{more}";
        }
    }
}
