using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

/// <summary>The built service and one edit of a template that many domains have: until it is answered, and until the last of them is fetched with it.</summary>
internal static class TemplateMeasure
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var domains = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            await using var service = await EditMeasure.StartAsync(folder);
            using var admin = new HttpClient { BaseAddress = new Uri($"http://127.0.0.3:{EditMeasure.PortOf(service, "http://127.0.0.3")}/api/v1/"), Timeout = TimeSpan.FromMinutes(10) };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", EditMeasure.Key);
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            (await PutAsync(admin, 86400)).EnsureSuccessStatusCode();
            await Parallel.ForAsync(0, domains, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellationToken) =>
                (await admin.PutAsJsonAsync($"domains/d{i}.test", new { tenant = "acme", template = "shared" }, cancellationToken)).EnsureSuccessStatusCode());

            foreach (var maxAge in new[] { 90_000, 100_000, 110_000 })
            {
                var began = Stopwatch.GetTimestamp();
                (await PutAsync(admin, maxAge)).EnsureSuccessStatusCode();
                var answered = Stopwatch.GetElapsedTime(began);
                var last = await admin.GetFromJsonAsync<JsonElement>($"domains/d{domains - 1}.test");
                await EditMeasure.UntilFetchedAsync(folder, EditMeasure.PortOf(service, "https://127.0.0.1"), $"d{domains - 1}.test", last.GetProperty("policyId").GetString()!);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{domains} domains: answered after {answered.TotalSeconds:F2} s, fetched after {Stopwatch.GetElapsedTime(began).TotalSeconds:F2} s"));
            }

            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient admin, int maxAge) =>
        admin.PutAsJsonAsync("templates/shared", new { policy = new { mode = "testing", mx = new[] { "mx.test" }, maxAge } });
}
