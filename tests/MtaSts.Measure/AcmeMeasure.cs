using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using MtaSts.Host;
using MtaSts.Testing;

/// <summary>
/// The built service with Pebble as its CA, both on this machine: how long after its PUT a name is fetched with a trusted certificate, how many
/// names an hour a bulk makes, and the memory that their certificates take.
/// </summary>
internal static class AcmeMeasure
{
    private const string Key = "a-provider-key-for-measurements-0123456789";
    private const int Alone = 30;

    public static async Task<int> RunAsync(string[] arguments)
    {
        var names = Number(arguments, 0, 500);
        var workers = Number(arguments, 1, 8);
        var sleep = Number(arguments, 2, 0);
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            using var at = OwnAddress.Take();
            await using var dns = await ChallTestServer.StartAsync(at);
            var (http, https, api) = (at.FreePort(), at.FreePort(), at.FreePort());
            var options = new PebbleOptions { HttpPort = http, TlsPort = https, ValidationSleepSeconds = sleep };
            await using var pebble = await PebbleServer.StartAsync(at, dns, options);
            await using var service = await ChildProcess.StartAsync("dotnet", [typeof(ServiceHost).Assembly.Location], new Dictionary<string, string?>
            {
                ["Data__Directory"] = folder,
                ["Access__InitialKey"] = Key,
                ["Access__RequestsPerMinute"] = "1000000",
                ["Kestrel__Endpoints__Policy__Url"] = $"https://{at.At(https)}",
                ["Kestrel__Endpoints__Challenge__Url"] = $"http://{at.At(http)}",
                ["Kestrel__Endpoints__Admin__Url"] = $"http://{at.At(api)}",
                ["Certificates__Source"] = "Acme",
                ["Acme__DirectoryUrl"] = pebble.DirectoryUrl.ToString(),
                ["Acme__TrustedRoots"] = pebble.EndpointCaFile,
                ["Acme__AcceptTermsOfService"] = "true",
                ["Acme__Workers"] = workers.ToString(CultureInfo.InvariantCulture),
                ["Acme__NewPerHour"] = "10000000",
                ["Acme__RenewalsPerHour"] = "10000000",
                ["Public__HttpPort"] = http.ToString(CultureInfo.InvariantCulture),
                ["Public__HttpsPort"] = https.ToString(CultureInfo.InvariantCulture),
                ["Network__AllowPrivateAddresses"] = "true",
                ["Dns__Resolvers"] = dns.DnsEndpoint,
                ["Logging__LogLevel__Default"] = "Warning",
            });
            await service.WaitForOutputAsync("Application started.");
            using var admin = new HttpClient { BaseAddress = new Uri($"http://{at.At(api)}/api/v1/") };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            var root = await pebble.WriteRootAsync();
            var to = IPEndPoint.Parse(at.At(https));

            await AloneAsync(admin, root, to);
            Console.WriteLine($"resident memory of the service                {Resident(service):F0} MB at {Alone} names");
            await BulkAsync(admin, root, to, names, workers, sleep);
            Console.WriteLine($"resident memory of the service                {Resident(service):F0} MB at {Alone + names} names");
            await FetchAllAsync(root, to, [.. Enumerable.Range(0, names).Select(number => $"bulk{number}.test")]);
            Console.WriteLine($"resident memory of the service                {Resident(service):F0} MB with each of them in use");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Number(string[] arguments, int position, int otherwise) =>
        arguments.Length > position ? int.Parse(arguments[position], CultureInfo.InvariantCulture) : otherwise;

    private static async Task AloneAsync(HttpClient admin, string root, IPEndPoint to)
    {
        var seconds = new List<double>();
        for (var number = 0; number < Alone; number++)
        {
            var began = Stopwatch.GetTimestamp();
            await PutAsync(admin, $"alone{number}.test");
            while ((await FetchAllAsync(root, to, [$"alone{number}.test"])).Count > 0)
            {
                await Task.Delay(20);
            }

            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        seconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"PUT to first trusted fetch, one at a time      {Alone} names   median {seconds[Alone / 2]:F2} s   99 % {seconds[Alone * 99 / 100]:F2} s"));
    }

    private static async Task BulkAsync(HttpClient admin, string root, IPEndPoint to, int names, int workers, int sleep)
    {
        var began = Stopwatch.GetTimestamp();
        List<string> missing = [.. Enumerable.Range(0, names).Select(number => $"bulk{number}.test")];
        await Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (domain, _) => await PutAsync(admin, domain));
        Console.WriteLine($"{names} names put in after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        while (missing.Count > 0)
        {
            // Looking costs the machine something too: a small part of the time only.
            var looked = Stopwatch.GetTimestamp();
            missing = await FetchAllAsync(root, to, missing);
            await Task.Delay(TimeSpan.FromMilliseconds(100) + 9 * Stopwatch.GetElapsedTime(looked));
        }

        var took = Stopwatch.GetElapsedTime(began);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"bulk, {workers} workers, validation sleeps below {sleep} s    {names} names in {took.TotalSeconds:F0} s   {names / took.TotalHours:F0} names an hour"));
    }

    internal static async Task PutAsync(HttpClient admin, string domain)
    {
        using var answer = await admin.PutAsJsonAsync($"domains/{domain}", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { $"mx.{domain}" }, maxAge = 86400 } });
        answer.EnsureSuccessStatusCode();
    }

    /// <returns>Those that are not served yet.</returns>
    internal static async Task<List<string>> FetchAllAsync(string root, IPEndPoint to, List<string> domains)
    {
        var missing = new List<string>();
        using var client = TrustingClient.Create(root, to);
        foreach (var domain in domains)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"));
                answer.EnsureSuccessStatusCode();
            }
            catch (HttpRequestException)
            {
                missing.Add(domain);
            }
        }

        return missing;
    }

    internal static double Resident(ChildProcess service)
    {
        var line = File.ReadLines($"/proc/{service.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }
}
