using MtaSts.Host.Api;

namespace MtaSts.Host.Certificates.Overview;

internal static class OverviewSetup
{
    /// <summary>What commands need as well: lists and counts from the store alone.</summary>
    public static IServiceCollection AddCertificateReports(this IServiceCollection services) =>
        services.AddSingleton<CertificateList>().AddSingleton<CertificateSummaries>();

    public static IServiceCollection AddOverview(this IServiceCollection services) =>
        services.AddContracts(CertificatesJson.Default)
            .AddCertificateReports()
            .AddSingleton<CertificateResources>()
            .AddSingleton<CertificateEditor>();

    public static void MapCertificates(this IEndpointRouteBuilder api) => CertificatesApi.Map(api);
}
