using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Issuing;

namespace MtaSts.Host.Certificates.Acme;

internal static class AcmeSetup
{
    public static IServiceCollection AddAcme(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AcmeOptions, AcmeOptionsValidator>()
            .BindConfiguration("Acme")
            .PostConfigure(options =>
            {
                options.TrustedRoots = Absolute(options.TrustedRoots);
                options.Fallback.TrustedRoots = Absolute(options.Fallback.TrustedRoots);
            });
        services.AddSingleton(provider => CertificateAuthorities.ChoiceOf(provider.GetRequiredService<IOptions<AcmeOptions>>().Value));
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<AcmeOptions>>().Value;
            return new BudgetLimits(FirstPerHour: options.NewPerHour, RenewalsPerHour: options.RenewalsPerHour);
        });
        services.AddSingleton<JobStore>();
        return services;
    }

    private static string Absolute(string path) => path.Length == 0 ? path : Path.GetFullPath(path);
}
