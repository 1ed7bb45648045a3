using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using DnsClient;
using MtaSts.Host;
using MtaSts.Testing;

/// <summary>
/// The built service that writes its zone at a real BIND, and that answers for it itself: how long after an edit was sent the authoritative server gives its id,
/// of edits one at a time and of all domains at once. Resolvers have it when the TTL of what they remember is over.
/// </summary>
internal static class PublishMeasure
{
    private const string Key = "a-provider-key-for-measurements-0123456789";
    private const string Zone = "sts.provider.test";

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var edits = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 200;
        var domains = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 2000;
        var key = UpdateKey.Create("mtasts");
        await using (var bind = await BindServer.StartAsync(new Dictionary<string, string?> { [Zone] = "" }, key))
        {
            await RunAsync("BIND", bind.EndPoint, edits, domains, new Dictionary<string, string?>
            {
                ["Dns__Publisher"] = "Rfc2136",
                ["Dns__Rfc2136__Server"] = bind.Address,
                ["Dns__Rfc2136__KeyName"] = key.Name,
                ["Dns__Rfc2136__KeySecret"] = key.Secret,
            });
        }

        using var at = OwnAddress.Take();
        var own = new IPEndPoint(at.Address, at.FreePort());
        await RunAsync("own name server", own, edits, domains, new Dictionary<string, string?>
        {
            ["Dns__Publisher"] = "Embedded",
            ["Dns__Embedded__Listen"] = own.ToString(),
            ["Dns__Embedded__NameServers"] = "ns.provider.test",
        });
        return 0;
    }

    private static async Task RunAsync(string server, IPEndPoint dns, int edits, int domains, Dictionary<string, string?> settings)
    {
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            using var at = OwnAddress.Take();
            var api = at.At(at.FreePort());
            await using var service = await ChildProcess.StartAsync("dotnet", [typeof(ServiceHost).Assembly.Location], new Dictionary<string, string?>(settings)
            {
                ["Data__Directory"] = folder,
                ["Access__InitialKey"] = Key,
                ["Access__RequestsPerMinute"] = "10000000",
                ["Kestrel__Endpoints__Policy__Url"] = $"https://{at.At(at.FreePort())}",
                ["Kestrel__Endpoints__Challenge__Url"] = $"http://{at.At(at.FreePort())}",
                ["Kestrel__Endpoints__Admin__Url"] = $"http://{api}",
                ["Network__AllowPrivateAddresses"] = "true",
                ["Public__Addresses"] = at.ToString(),
                ["Dns__Zone"] = Zone,
                ["Dns__Authoritative"] = dns.ToString(),
                ["Dns__Resolvers"] = dns.ToString(),
            });
            await service.WaitForOutputAsync("Application started.");
            using var admin = new HttpClient { BaseAddress = new Uri($"http://{api}/api/v1/") };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            // Over TCP: the name server leaves questions of one asker out that come too fast.
            var look = new LookupClient(new LookupClientOptions(new NameServer(dns)) { UseCache = false, Recursion = false, ThrowDnsErrors = false, UseTcpOnly = true });

            var began = Stopwatch.GetTimestamp();
            var ids = new Dictionary<string, string>();
            for (var number = 0; number < domains; number++)
            {
                ids[$"d{number}.test"] = await PutAsync(admin, $"d{number}.test", 86400);
            }

            var labels = new Dictionary<string, string>();
            foreach (var domain in ids.Keys)
            {
                labels[domain] = await LabelAsync(admin, domain);
            }

            await UntilOutAsync(look, labels, ids);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{server}: {domains} new domains, from the first PUT to the last id in DNS  {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s"));

            var alone = new List<double>();
            for (var edit = 0; edit < edits; edit++)
            {
                var domain = $"d{edit % domains}.test";
                began = Stopwatch.GetTimestamp();
                var id = await PutAsync(admin, domain, 90000 + edit);
                await UntilOutAsync(look, labels, new Dictionary<string, string> { [domain] = id });
                alone.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            }

            alone.Sort();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{server}: edit to its id in DNS, one at a time  {edits} edits  median {alone[edits / 2]:F2} s  99 % {alone[edits * 99 / 100]:F2} s  worst {alone[^1]:F2} s"));

            began = Stopwatch.GetTimestamp();
            foreach (var domain in ids.Keys)
            {
                ids[domain] = await PutAsync(admin, domain, 100000);
            }

            var put = Stopwatch.GetElapsedTime(began).TotalSeconds;
            await UntilOutAsync(look, labels, ids);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{server}: edits of {domains} domains one after the other, {put:F1} s for the edits, their ids all in DNS after {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<string> PutAsync(HttpClient admin, string domain, int maxAge)
    {
        using var answer = await admin.PutAsJsonAsync($"domains/{domain}", new { tenant = "acme", policy = new { mode = "testing", mx = new[] { $"mx.{domain}" }, maxAge } });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("policyId").GetString()!;
    }

    private static async Task<string> LabelAsync(HttpClient admin, string domain)
    {
        var target = (await admin.GetFromJsonAsync<JsonElement>($"domains/{domain}")).GetProperty("verification").GetProperty("cname").GetProperty("value").GetString()!;
        return target.TrimEnd('.');
    }

    private static async Task UntilOutAsync(LookupClient look, Dictionary<string, string> targets, Dictionary<string, string> ids)
    {
        var began = Stopwatch.GetTimestamp();
        foreach (var (domain, id) in ids)
        {
            while (!(await look.QueryAsync(targets[domain], QueryType.TXT)).Answers.TxtRecords().Any(record => string.Concat(record.Text).Contains(id, StringComparison.Ordinal)))
            {
                if (Stopwatch.GetElapsedTime(began) > Longest)
                {
                    throw new TimeoutException($"The id of {domain} is not in DNS.");
                }

                await Task.Delay(5);
            }
        }
    }
}
