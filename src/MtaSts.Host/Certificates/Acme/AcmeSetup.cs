namespace MtaSts.Host.Certificates.Acme;

internal static class AcmeSetup
{
    public static IServiceCollection AddAcme(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AcmeOptions, AcmeOptionsValidator>().BindConfiguration("Acme");
        return services;
    }
}
