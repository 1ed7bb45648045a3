using System.Net.Http.Headers;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Whole;

/// <summary>The built program as a process of its own, with the settings that an operator gives.</summary>
internal static class ServiceProcess
{
    /// <summary>`mtasts.dll` as the project's build left it: the program that users run, not a copy made for tests.</summary>
    public static string Program => typeof(ServiceHost).Assembly.Location;

    public static IReadOnlyDictionary<string, string?> Settings(string dataDirectory, string policy, string challenge, string admin) =>
        new Dictionary<string, string?>
        {
            ["Data__Directory"] = dataDirectory,
            ["Access__InitialKey"] = HostApp.AdminKey,
            // Nobody is asked outside.
            ["Dns__Resolvers"] = "127.0.0.1:1",
            ["Checks__Guard"] = "Off",
            ["Kestrel__Endpoints__Policy__Url"] = policy,
            ["Kestrel__Endpoints__Challenge__Url"] = challenge,
            ["Kestrel__Endpoints__Admin__Url"] = admin,
        };

    /// <summary>Where the service says that an address was bound, for endpoints at port 0.</summary>
    public static async Task<int> PortAsync(ChildProcess service, string addressPrefix)
    {
        await service.WaitForOutputAsync("Application started.");
        var line = service.Output.Split('\n').Single(candidate => candidate.Contains($"Now listening on: {addressPrefix}:", StringComparison.Ordinal));
        return int.Parse(line[(line.LastIndexOf(':') + 1)..], System.Globalization.CultureInfo.InvariantCulture);
    }

    public static HttpClient Admin(int port, string address = "127.0.0.1")
    {
        var client = new HttpClient { BaseAddress = new Uri($"http://{address}:{port}/api/v1/") };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", HostApp.AdminKey);
        return client;
    }
}
