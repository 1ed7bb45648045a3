using MtaSts.Host.Api;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Domains.Templates;

namespace MtaSts.Host.Domains;

internal static class DomainsSetup
{
    public static IServiceCollection AddDomains(this IServiceCollection services) =>
        services.AddContracts(DomainsJson.Default).AddContracts(TemplatesJson.Default).AddSingleton<DomainEditor>().AddSingleton<DomainResources>().AddSingleton<VersionClosing>()
            .AddSingleton<MxLook>().AddSingleton<MxShows>().AddSingleton<GuardPlaces>().AddSingleton<TemplateTurns>().AddSingleton<ProofLook>().AddSingleton<OwnershipCheck>().AddSingleton<OwnershipStatus>().AddHostedService<OwnershipUpkeep>()
            .AddSingleton<RemovalSteps>().AddSingleton<TrustedClock>().AddHostedService<RemovalUpkeep>();

    public static void MapDomains(this IEndpointRouteBuilder api) => DomainsApi.Map(api);
}
