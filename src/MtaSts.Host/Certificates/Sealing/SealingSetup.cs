namespace MtaSts.Host.Certificates.Sealing;

internal static class SealingSetup
{
    /// <summary>What opens and seals private keys, also without the service around it: for commands. After <c>AddData</c>.</summary>
    public static IServiceCollection AddSealing(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<CertificatesOptions, CertificatesOptionsValidator>()
            .BindConfiguration("Certificates")
            .PostConfigure(options => options.SealingKey = string.IsNullOrEmpty(options.SealingKey) ? null : options.SealingKey);
        services.AddSingleton<KeySealing>();
        services.AddSingleton<Resealing>();
        services.AddSingleton<SealingKeyChange>();
        return services;
    }
}
