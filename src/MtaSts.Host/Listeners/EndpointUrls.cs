using MtaSts.Host.Data;

namespace MtaSts.Host.Listeners;

/// <summary>The addresses of Kestrel's endpoints, looked at before Kestrel does: its exceptions name neither the setting nor the value.</summary>
internal static class EndpointUrls
{
    /// <exception cref="SettingsException">One of them is no address.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is not { } url || !IsAddress(url))
            {
                throw new SettingsException($"{endpoint.Path}:Url is \"{endpoint["Url"]}\"; it must be an address such as http://127.0.0.1:8081 or https://*:8443.");
            }
        }
    }

    private static bool IsAddress(string url)
    {
        try
        {
            return BindingAddress.Parse(url).Port is >= 0 and <= ushort.MaxValue;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
