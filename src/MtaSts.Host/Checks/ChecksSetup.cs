using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks;

internal static class ChecksSetup
{
    public static IServiceCollection AddChecks(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ChecksOptions, ChecksOptionsValidator>()
            .BindConfiguration("Checks")
            .PostConfigure(options => options.TrustedRoots = options.TrustedRoots.Length == 0 ? "" : Path.GetFullPath(options.TrustedRoots));
        services.AddSingleton<CheckTrust>();
        services.AddSingleton<OneAtATime>();
        services.AddSingleton<ReportTargets>();
        services.AddSingleton<RecordLook>();
        services.AddSingleton<Handshake>();
        services.AddSingleton<PolicyRequest>();
        services.AddSingleton<HostLook>();
        services.AddSingleton<PolicySide>();
        services.AddSingleton<SmtpLook>();
        services.AddSingleton<MailLook>();
        return services;
    }
}
