using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MtaSts.Dns;
using MtaSts.Host.DnsRecords.Server;
using MtaSts.Host.Lookups;
using MtaSts.Testing;

/// <summary>
/// The service's own name server with all its labels: memory of each, and questions a second by dnsperf over UDP and TCP, beside Knot with the same zone
/// on this machine. dnsperf takes its share of the same cores.
/// </summary>
internal static class DnsServerMeasure
{
    private const string Zone = "sts.provider.example";
    private const int Questions = 200_000;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var labels = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        var seconds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 10;
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            using var at = OwnAddress.Take();
            var questions = Path.Combine(folder, "questions");
            await WriteQuestionsAsync(questions, labels);
            var ours = await MeasureOursAsync(at, questions, labels, seconds);
            var knot = await MeasureKnotAsync(at, folder, questions, labels, seconds);
            Console.WriteLine($"{"questions/s",-14}{"ours",10}{"Knot",10}");
            foreach (var (mode, index) in new[] { ("UDP", 0), ("TCP", 1) })
            {
                Console.WriteLine($"{mode,-14}{ours[index],10:F0}{knot[index],10:F0}   {ours[index] / knot[index]:P0}");
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double[]> MeasureOursAsync(OwnAddress at, string questions, int labels, int seconds)
    {
        var zone = new Zone(Zone, ["ns1.provider.example"], "");
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var watch = Stopwatch.StartNew();
        Fill(zone, labels);
        Console.WriteLine($"zone: {labels} labels with 5 RRsets each in {watch.Elapsed.TotalSeconds:F1} s, {(GC.GetTotalMemory(forceFullCollection: true) - before) / (double)labels:F0} bytes a label");
        Alone(zone);

        var port = at.FreePort();
        var places = new TcpPlaces();
        using var meters = new Meters();
        var metrics = new DnsServerMetrics(meters, zone, places);
        var responder = new DnsResponder(zone, new RateLimit(TimeProvider.System) { PerSecond = 0 }, metrics);
        var options = Options.Create(new DnsOptions { Embedded = new EmbeddedDnsSettings { Listen = at.At(port) } });
        using var server = new DnsServer(zone, responder, places, metrics, options, TimeProvider.System, NullLogger<DnsServer>.Instance);
        await server.StartAsync(default);
        return await AskAsync(at, port, questions, seconds);
    }

    // As rows come: by their text.
    private static void Fill(Zone zone, int labels)
    {
        var reading = new RowReading(zone);
        for (var i = 0; i < labels; i++)
        {
            foreach (var (part, type, lines) in Sets(i))
            {
                var place = reading.FindPlace($"{Label(i)}.{part}.{Zone}")!.Value;
                zone.Records.Put(place.Label, reading.Read(place.Part, RowReading.TypeOf(type), 300, lines));
            }
        }
    }

    // The pure function on one thread, without a socket.
    private static void Alone(Zone zone)
    {
        byte[][] questions = [.. Enumerable.Range(0, 1000).Select(i => new DnsMessage { Question = new DnsQuestion(DnsName.Parse($"{Label(i)}._mta-sts.{Zone}"), DnsType.Txt) }.ToBytes())];
        var buffer = new byte[OptData.SafePayloadSize];
        var writer = new DnsWriter(buffer);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        const int Rounds = 2_000_000;
        for (var i = 0; i < Rounds; i++)
        {
            writer.Reset(buffer);
            ZoneAnswers.Answer(zone, questions[i % questions.Length], overTcp: false, writer);
        }

        Console.WriteLine($"answer: {watch.Elapsed.TotalNanoseconds / Rounds:F0} ns and {(GC.GetAllocatedBytesForCurrentThread() - allocated) / Rounds} bytes each on one thread, without a socket");
    }

    private static async Task<double[]> MeasureKnotAsync(OwnAddress at, string folder, string questions, int labels, int seconds)
    {
        var port = at.FreePort();
        await using (var file = File.CreateText(Path.Combine(folder, "zone")))
        {
            await file.WriteLineAsync($"$ORIGIN {Zone}.\n$TTL 300\n@ SOA ns1.provider.example. hostmaster 1 3600 600 604800 60\n@ NS ns1.provider.example.");
            for (var i = 0; i < labels; i++)
            {
                foreach (var (part, type, lines) in Sets(i))
                {
                    await file.WriteLineAsync($"{Label(i)}.{part} {type} {lines}");
                }
            }
        }

        var configuration = Path.Combine(folder, "knot.conf");
        await File.WriteAllTextAsync(configuration, $"""
            server:
                rundir: "{folder}"
                listen: {at}@{port}
                tcp-max-clients: 1000
            control:
                listen: "{folder}/knot.sock"
            log:
              - target: stdout
                any: info
            database:
                storage: "{folder}/db"
            template:
              - id: default
                storage: "{folder}"
                file: zone
                zonefile-load: whole
                zonefile-sync: -1
                journal-content: none
                semantic-checks: off
            zone:
              - domain: {Zone}
            """);
        await using var knot = await ChildProcess.StartAsync(Requires.Program("knotd", "package knot"), ["-c", configuration]);
        await knot.WaitForOutputAsync($"[{Zone}.] loaded, serial", TimeSpan.FromMinutes(10));
        return await AskAsync(at, port, questions, seconds);
    }

    private static async Task<double[]> AskAsync(OwnAddress at, int port, string questions, int seconds)
    {
        var rates = new List<double>();
        foreach (var mode in new[] { "udp", "tcp" })
        {
            var result = await ChildProcess.RunAsync(
                Requires.Program("dnsperf", "package dnsperf"),
                ["-s", at.ToString(), "-p", $"{port}", "-d", questions, "-l", $"{seconds}", "-m", mode, "-c", "16", "-q", "256", "-e"],
                within: TimeSpan.FromSeconds(seconds + 60));
            var lines = result.Output.Split('\n', StringSplitOptions.TrimEntries);
            Console.WriteLine(string.Join("; ", lines.Where(line => line.StartsWith("Queries lost", StringComparison.Ordinal) || line.StartsWith("Response codes", StringComparison.Ordinal) || line.StartsWith("Average Latency", StringComparison.Ordinal))));
            rates.Add(double.Parse(lines.Single(line => line.StartsWith("Queries per second:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture));
        }

        return [.. rates];
    }

    // What resolvers ask: half for the TXT record, a tenth for names that are not there.
    private static async Task WriteQuestionsAsync(string path, int labels)
    {
        var random = new Random(8461);
        await using var file = File.CreateText(path);
        for (var i = 0; i < Questions; i++)
        {
            var label = Label(random.Next(labels));
            await file.WriteLineAsync(random.Next(10) switch
            {
                < 5 => $"{label}._mta-sts.{Zone} TXT",
                < 7 => $"{label}.host.{Zone} A",
                < 9 => $"{label}.host.{Zone} AAAA",
                _ => $"x{label}.host.{Zone} A",
            });
        }
    }

    private static (string Part, string Type, string Lines)[] Sets(int i) =>
    [
        ("host", "A", $"192.0.2.{1 + i % 8}"),
        ("host", "AAAA", $"2001:db8::{1 + i % 8}"),
        ("host", "CAA", "0 issue \"letsencrypt.org; validationmethods=http-01\""),
        ("_mta-sts", "TXT", $"\"v=STSv1; id={20261125120000000 + i};\""),
        ("_smtp._tls", "TXT", "\"v=TLSRPTv1; rua=mailto:tls-reports@provider.example\""),
    ];

    // 26 characters that have nothing in common, as random ones.
    private static string Label(int i)
    {
        Span<char> label = stackalloc char[26];
        var state = (ulong)i * 0x9E3779B97F4A7C15 + 1;
        foreach (ref var character in label)
        {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            character = "abcdefghijklmnopqrstuvwxyz234567"[(int)(state * 0x2545F4914F6CDD1D >> 59)];
        }

        return new string(label);
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
