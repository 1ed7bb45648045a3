using MtaSts.Host.Checks.Mail;

namespace MtaSts.Host.Checks;

internal static class ChecksSetup
{
    public static IServiceCollection AddChecks(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ChecksOptions, ChecksOptionsValidator>()
            .BindConfiguration("Checks")
            .PostConfigure(options => options.TrustedRoots = options.TrustedRoots.Length == 0 ? "" : Path.GetFullPath(options.TrustedRoots));
        services.AddSingleton<CheckTrust>();
        services.AddSingleton<SmtpLook>();
        services.AddSingleton<MailLook>();
        return services;
    }
}
