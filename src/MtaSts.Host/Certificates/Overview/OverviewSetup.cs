using MtaSts.Host.Api;
using MtaSts.Host.Certificates.Acme;

namespace MtaSts.Host.Certificates.Overview;

internal static class OverviewSetup
{
    public static IServiceCollection AddOverview(this IServiceCollection services) =>
        services.AddContracts(CertificatesJson.Default)
            .AddReports()
            .AddSingleton<CertificateResources>()
            .AddSingleton<CertificateEditor>()
            .AddSingleton<CertificateWatch>()
            .AddHostedService(provider => provider.GetRequiredService<CertificateWatch>());

    /// <summary>What commands need of certificates: the store's rows, and the way to the CAs.</summary>
    public static void AddCertificateCommands(IServiceCollection services) =>
        services.AddAcme().AddReports().AddSingleton<CertificateAuthorities>().AddSingleton<AcmeAccounts>();

    public static void MapCertificates(this IEndpointRouteBuilder api) => CertificatesApi.Map(api);

    private static IServiceCollection AddReports(this IServiceCollection services) =>
        services.AddSingleton<CertificateList>().AddSingleton<CertificateSummaries>();
}
