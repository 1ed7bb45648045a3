using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using MtaSts.Testing;

/// <summary>The built service looks once at the MX records of many domains whose policies follow DNS, at a BIND on this machine that is resolver and name server of all zones.</summary>
internal static class FollowingMeasure
{
    private const int InOneGo = 1000;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    public static async Task<int> RunAsync(string[] arguments)
    {
        var domains = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        await using var network = await ClientNetwork.StartBareAsync([$"{CheckMeasure.Dns}/32"]);
        await using var named = await CheckMeasure.StartDnsAsync(network, domains, addresses: 8);
        await using var service = await CheckMeasure.StartServiceAsync(network);
        await SendAsync(network, ["request = \"POST\"\nurl = \"http://127.0.0.1:8081/api/v1/tenants\"\njson = \"{\\\"name\\\":\\\"acme\\\"}\""]);
        foreach (var some in Enumerable.Range(0, domains).Chunk(InOneGo))
        {
            await SendAsync(network, some.Select(number =>
                $$$"""
                request = "PUT"
                url = "http://127.0.0.1:8081/api/v1/domains/{{{CheckMeasure.Domain(number)}}}"
                json = "{\"tenant\":\"acme\",\"mxSource\":\"dns\",\"policy\":{\"mode\":\"testing\",\"maxAge\":86400}}"
                """));
        }

        await using var store = new SqliteConnection($"Data Source={Path.Combine(network.Folder, "data", "mtasts.db")}");
        await store.OpenAsync();
        // All of them are due at once.
        if (await ChangeAsync("UPDATE mx_followings SET NextLookAt = 0") != domains)
        {
            throw new InvalidOperationException("Not all domains follow DNS.");
        }

        await service.WaitUntilAsync(async () => await CountAsync("SELECT COUNT(*) FROM mx_followings WHERE NextLookAt = 0") < domains, "the loop looks what is due");

        var cpu = CheckMeasure.CpuOf(service);
        var began = Stopwatch.GetTimestamp();
        // What is being looked at is due in about 15 minutes, what was looked at later.
        var soon = DateTimeOffset.UtcNow.AddMinutes(20).Ticks;
        await service.WaitUntilAsync(async () => await CountAsync($"SELECT COUNT(*) FROM mx_followings WHERE NextLookAt < {soon}") == 0, "all domains were looked at", Longest);
        var took = Stopwatch.GetElapsedTime(began);
        var odd = await CountAsync("SELECT COUNT(*) FROM mx_followings WHERE Code IS NOT NULL");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{domains} domains: {took.TotalSeconds:F1} s, {domains / took.TotalHours:F0} an hour; {(CheckMeasure.CpuOf(service) - cpu).TotalMilliseconds / domains:F1} ms of CPU time of the service for each; {odd} could not be followed"));
        return odd == 0 ? 0 : 1;

        async Task<int> ChangeAsync(string sql)
        {
            await using var command = new SqliteCommand(sql, store);
            return await command.ExecuteNonQueryAsync();
        }

        async Task<long> CountAsync(string sql)
        {
            await using var command = new SqliteCommand(sql, store);
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }

    private static async Task SendAsync(ClientNetwork network, IEnumerable<string> requests)
    {
        var file = Path.Combine(network.Folder, "requests.curl");
        await File.WriteAllTextAsync(file, string.Join("\nnext\n", requests.Select(request => $"{request}\nheader = \"Authorization: Bearer {CheckMeasure.Key}\"\noutput = \"/dev/null\"\nfail")));
        await using var curl = await network.StartAsync("curl", ["-sS", "--parallel", "--parallel-max", "8", "--config", file]);
        if (await curl.WaitForExitAsync(Longest) != 0)
        {
            throw new InvalidOperationException(curl.Output);
        }
    }
}
