using MtaSts.Host.Api;

namespace MtaSts.Host.Domains;

internal static class DomainsSetup
{
    public static IServiceCollection AddDomains(this IServiceCollection services) =>
        services.AddContracts(DomainsJson.Default).AddSingleton<DomainEditor>().AddSingleton<DomainResources>().AddSingleton<VersionClosing>();

    public static void MapDomains(this IEndpointRouteBuilder api) => DomainsApi.Map(api);
}
