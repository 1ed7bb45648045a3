using MtaSts.Host.Access;
using MtaSts.Host.Certificates.Import;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>The store of this configuration, without the service around it: for commands that do one thing and end.</summary>
internal static class StoreServices
{
    /// <exception cref="SettingsException">A setting cannot be read.</exception>
    public static ServiceProvider Build(string[] settings, Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(ServiceHost.CreateBuilder(settings).Configuration)
            // Without a provider nothing is logged: standard output belongs to the command.
            .AddLogging()
            .AddData()
            .AddSealing()
            .AddSingleton<CertificateImport>()
            .AddSingleton<ApiKeyEditor>()
            .AddSingleton<NodeIdentity>();
        more?.Invoke(services);
        return services.BuildServiceProvider();
    }
}
