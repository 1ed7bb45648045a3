using System.Text;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Issuing;

internal static class IssuingSetup
{
    /// <summary>What brings certificates from a CA.</summary>
    public static IServiceCollection AddIssuing(this IServiceCollection services)
    {
        // The store's identity: all nodes know it, and nobody else sees it.
        services.AddPreflight(provider => Encoding.ASCII.GetBytes(provider.GetRequiredService<Store>().Identity ?? throw new InvalidOperationException("The store has not been read yet.")));
        services.AddSingleton<CertificateAuthorities>();
        services.AddSingleton<AcmeAccounts>();
        services.AddSingleton<CaClock>();
        services.AddSingleton<IssuanceMetrics>();
        services.AddSingleton<OrderRun>();
        services.AddSingleton<IssuedCertificates>();
        services.AddSingleton<IssuanceRun>();
        services.AddSingleton<CertificateRevocation>();
        services.AddHostedService<VaultRefresh>();
        services.AddHostedService<JobIntake>();
        services.AddHostedService<IssuanceUpkeep>();
        return services;
    }
}
