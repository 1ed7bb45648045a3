using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Certificates.LocalCa;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Certificates;

internal static class CertificatesSetup
{
    /// <summary>After <c>AddPolicies</c>: what is published decides which certificates are wanted.</summary>
    public static IServiceCollection AddCertificates(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSealing();
        services.AddMetrics();
        services.AddSingleton<TlsMetrics>();
        services.AddSingleton<CertificateStore>();
        services.AddSingleton(provider =>
        {
            var sealing = provider.GetRequiredService<KeySealing>();
            return new HotCertificates(
                certificate => TlsContexts.Build(certificate, sealing),
                provider.GetRequiredService<IOptions<CertificatesOptions>>().Value.HotLimit,
                provider.GetRequiredService<TlsMetrics>());
        });
        services.AddSingleton<CertificateVault>();
        services.AddSingleton<PolicyHandshake>();
        services.AddSingleton<ServingStatus>();
        services.AddSingleton<IServingStatus>(provider => provider.GetRequiredService<ServingStatus>());
        services.AddHostedService<VaultLoading>();
        services.AddChallenges();
        services.AddAcme();
        services.AddOverview();

        if (configuration.GetValue("Certificates:Source", "")!.Equals(nameof(CertificateSource.Acme), StringComparison.OrdinalIgnoreCase))
        {
            services.AddIssuing();
            if (!string.IsNullOrEmpty(configuration["Dns:Zone"]))
            {
                services.AddHostedService<AccountUpkeep>();
            }
        }
        else
        {
            services.AddSingleton<LocalAuthorityStart>();
            services.AddSingleton<LateSaving>();
            services.AddHostedService(provider => provider.GetRequiredService<LateSaving>());
            services.AddHostedService<LocalCaUpkeep>();
        }

        return services;
    }
}
