using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using MtaSts.Host;
using MtaSts.Testing;

/// <summary>
/// The built service checks many domains, each with a zone and a policy host of its own, in a network of its own with BIND, nginx and Postfix; all of them on this machine.
/// Domains share addresses, as customers of a provider do, and never more than one connection goes to an address at a time: the fewer addresses, the longer the queue.
/// </summary>
internal static class CheckMeasure
{
    public const string Key = "a-provider-key-for-measurements-0123456789";
    public const string Dns = "11.0.53.1";
    private const int AtOnce = 16;
    private const int InOneGo = 1000;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var domains = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var addresses = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 8;
        await using var network = await ClientNetwork.StartBareAsync([$"{Dns}/32", "11.0.0.0/16"]);
        using var authority = new TestAuthority(network.Folder);
        network.Trust(authority.RootFile);
        await using var named = await StartDnsAsync(network, domains, addresses);
        await using var nginx = await NginxServer.StartAsync(network, Web(network, authority, domains, addresses));
        await using var postfix = await PostfixServer.StartAsync(network, [.. Enumerable.Range(1, addresses).Select(number => Mail(network, authority, number))]);
        await using var service = await StartServiceAsync(network);
        // What comes up at the first check only.
        await CheckAsync(network, [0]);

        var cpu = CpuOf(service);
        var began = Stopwatch.GetTimestamp();
        var odd = 0;
        foreach (var some in Enumerable.Range(1, domains - 1).Chunk(InOneGo))
        {
            odd += await CheckAsync(network, some);
        }

        var took = Stopwatch.GetElapsedTime(began);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{domains - 1} domains at {addresses} addresses, {AtOnce} at once: {took.TotalSeconds:F0} s, {(domains - 1) / took.TotalHours:F0} domains an hour; "
            + $"{(CpuOf(service) - cpu).TotalMilliseconds / (domains - 1):F1} ms of CPU time of the service for each; {AcmeMeasure.Resident(service):F0} MB of resident memory at the end"));
        Console.WriteLine($"reports that are not as they should be: {odd}");
        return odd == 0 ? 0 : 1;
    }

    public static async Task<ChildProcess> StartDnsAsync(ClientNetwork network, int domains, int addresses)
    {
        const string Head = "$TTL 300\n@ SOA ns.measure.test. hostmaster.measure.test. 1 3600 600 604800 30\n@ NS ns.measure.test.\n";
        var folder = Directory.CreateDirectory(Path.Combine(network.Folder, "dns")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "root"), $"{Head}");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "measure"), $"{Head}ns A {Dns}\nmx MX 10 mx1.mx\n{string.Concat(Enumerable.Range(1, addresses).Select(number => $"mx{number}.mx A {MailAt(number)}\n"))}");
        for (var number = 1; number <= addresses; number++)
        {
            // Names are relative to the zone: one file will do for many zones.
            await File.WriteAllTextAsync(
                Path.Combine(folder, $"domain{number}"),
                $"{Head}_mta-sts TXT \"v=STSv1; id=1;\"\n_smtp._tls TXT \"v=TLSRPTv1; rua=mailto:reports@mx.measure.test\"\nmta-sts A {WebAt(number)}\n@ MX 10 mx{number}.mx.measure.test.\n");
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "named.conf"), $$"""
            options {
                directory "{{folder}}";
                pid-file none;
                session-keyfile "{{folder}}/session.key";
                managed-keys-directory "{{folder}}";
                listen-on { {{Dns}}; };
                listen-on-v6 { none; };
                recursion no;
                dnssec-validation no;
                notify no;
            };
            controls { };
            zone "." { type primary; file "root"; };
            zone "measure.test" { type primary; file "measure"; };
            {{string.Join('\n', Enumerable.Range(0, domains).Select(number => $"zone \"{Domain(number)}\" {{ type primary; file \"domain{Address(number, addresses)}\"; }};"))}}

            """);
        var named = await network.StartAsync(Requires.Program("named", "package bind9"), ["-g", "-n", "1", "-c", Path.Combine(folder, "named.conf")]);
        await named.WaitForOutputAsync(" running\n");
        return named;
    }

    private static string Web(ClientNetwork network, TestAuthority authority, int domains, int addresses)
    {
        for (var number = 0; number < domains; number++)
        {
            authority.Issue($"mta-sts.{Domain(number)}", [$"mta-sts.{Domain(number)}"]);
        }

        return $$"""
            server {
                {{string.Join(' ', Enumerable.Range(1, addresses).Select(number => $"listen {WebAt(number)}:443 ssl;"))}}
                ssl_protocols TLSv1.2 TLSv1.3;
                ssl_certificate {{network.Folder}}/$ssl_server_name.pem;
                ssl_certificate_key {{network.Folder}}/$ssl_server_name.key;
                location = /.well-known/mta-sts.txt { return 200 "version: STSv1\nmode: enforce\nmx: *.mx.measure.test\nmax_age: 1209600\n"; }
            }
            """;
    }

    private static PostfixService Mail(ClientNetwork network, TestAuthority authority, int number)
    {
        var file = $"mx{number}";
        authority.Issue(file, [$"mx{number}.mx.measure.test"]);
        var chain = string.Concat(new[] { "key", "pem" }.Select(kind => File.ReadAllText(Path.Combine(network.Folder, $"{file}.{kind}"))));
        return new PostfixService(IPAddress.Parse(MailAt(number)), chain, []);
    }

    public static async Task<ChildProcess> StartServiceAsync(ClientNetwork network)
    {
        var service = await network.StartAsync("dotnet", [typeof(ServiceHost).Assembly.Location], new Dictionary<string, string?>
        {
            ["Data__Directory"] = Path.Combine(network.Folder, "data"),
            ["Access__InitialKey"] = Key,
            ["Access__RequestsPerMinute"] = "10000000",
            ["Dns__Resolvers"] = Dns,
            ["Kestrel__Endpoints__Policy__Url"] = "https://127.0.0.1:8443",
            ["Kestrel__Endpoints__Challenge__Url"] = "http://127.0.0.1:8080",
            ["Kestrel__Endpoints__Admin__Url"] = "http://127.0.0.1:8081",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await service.WaitUntilAsync(
            async () => (await network.RunAsync("curl", "-s", "http://127.0.0.1:8081/healthz/live")).ExitCode == 0, "the service answers");
        return service;
    }

    /// <returns>How many reports say something else than that there is no DNSSEC.</returns>
    private static async Task<int> CheckAsync(ClientNetwork network, int[] numbers)
    {
        var file = Path.Combine(network.Folder, "checks.curl");
        await File.WriteAllTextAsync(file, string.Join("next\n", numbers.Select(number => $$"""
            url = "http://127.0.0.1:8081/api/v1/checks"
            header = "Authorization: Bearer {{Key}}"
            json = "{\"domain\":\"{{Domain(number)}}\"}"
            output = "{{ReportOf(number)}}"

            """)));
        await using var curl = await network.StartAsync("curl", ["-sS", "--parallel", "--parallel-immediate", "--parallel-max", $"{AtOnce}", "--config", file]);
        if (await curl.WaitForExitAsync(Longest) != 0)
        {
            throw new InvalidOperationException(curl.Output);
        }

        var odd = 0;
        foreach (var number in numbers)
        {
            var json = await File.ReadAllTextAsync(ReportOf(number));
            using var report = JsonDocument.Parse(json);
            if (!(report.RootElement.TryGetProperty("advisories", out var advisories) && advisories.EnumerateArray().All(advisory => advisory.GetProperty("code").GetString() == "txt.no-dnssec")))
            {
                odd++;
                Console.Error.WriteLine(json);
            }
        }

        return odd;

        string ReportOf(int number) => Path.Combine(network.Folder, $"{Domain(number)}.json");
    }

    public static TimeSpan CpuOf(ChildProcess process)
    {
        using var of = Process.GetProcessById(process.Id);
        return of.TotalProcessorTime;
    }

    public static string Domain(int number) => $"d{number}.test";

    private static int Address(int number, int addresses) => 1 + (number % addresses);

    private static string MailAt(int number) => $"11.0.25.{number}";

    private static string WebAt(int number) => $"11.0.80.{number}";
}
