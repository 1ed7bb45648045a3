using MtaSts.Host.Api;
using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Following;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Overview;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Checks.Rollouts;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Checks;

internal static class ChecksSetup
{
    public static IServiceCollection AddChecks(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ChecksOptions, ChecksOptionsValidator>()
            .BindConfiguration("Checks")
            .PostConfigure(options => options.TrustedRoots = options.TrustedRoots.Length == 0 ? "" : Path.GetFullPath(options.TrustedRoots));
        services.AddContracts(ChecksJson.Default).AddContracts(AdvisoriesJson.Default).AddContracts(OverviewJson.Default).AddContracts(RolloutsJson.Default);
        services.AddSingleton<CheckTrust>().AddSingleton<OneAtATime>();
        services.AddSingleton<ReportTargets>().AddSingleton<RecordLook>();
        services.AddSingleton<Handshake>().AddSingleton<PolicyRequest>().AddSingleton<HostLook>().AddSingleton<PolicySide>();
        services.AddSingleton<SmtpLook>().AddSingleton<SmtpVisits>().AddSingleton<MailLook>();
        services.AddSingleton(new AdvisoryCodes(CheckCodes.All.Select(code => code.Code).ToHashSet(StringComparer.Ordinal)));
        services.AddSingleton<OwnSide>().AddSingleton<WatchStatus>().AddSingleton<WatchClaims>().AddSingleton<CheckRecording>();
        services.AddSingleton<OverviewAnswers>().AddSingleton<RolloutEditor>();
        services.AddSingleton<DomainCheck>().AddSingleton<CheckRuns>().AddSingleton<IEditGuard, EditGuard>();
        return services;
    }

    /// <summary>What goes on by itself in a service.</summary>
    public static IServiceCollection AddCheckLoops(this IServiceCollection services) => services
        .AddHostedService<AnnouncementUpkeep>()
        .AddHostedService<WatchIntake>().AddHostedService<WatchRounds>()
        .AddHostedService<RolloutUpkeep>()
        .AddSingleton<NewServers>().AddSingleton<HeldTexts>().AddSingleton<FollowingStep>().AddHostedService<FollowingUpkeep>();

    public static void MapChecks(this IEndpointRouteBuilder api)
    {
        ChecksApi.Map(api);
        AdvisoriesApi.Map(api);
        OverviewApi.Map(api);
        RolloutsApi.Map(api);
    }
}
