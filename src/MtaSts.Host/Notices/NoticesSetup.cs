using MtaSts.Host.Api;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;

namespace MtaSts.Host.Notices;

internal static class NoticesSetup
{
    public static IServiceCollection AddNotices(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<MailOptions, MailOptionsValidator>()
            .BindConfiguration("Mail")
            .PostConfigure(options => options.TrustedRoots = options.TrustedRoots.Length == 0 ? "" : Path.GetFullPath(options.TrustedRoots));
        services.AddContracts(NoticesJson.Default);
        services.AddSingleton<NoticeRules>().AddSingleton<NoticeEditor>();
        services.AddSingleton<MailRelay>().AddSingleton<MailMessages>();
        services.AddSingleton<WebhookSender>().AddSingleton<WebhookMessages>();
        services.AddSingleton<NoticeMetrics>().AddSingleton<NoticeWatch>();
        services.AddSingleton<NoticeOutbox>().AddSingleton<NoticeClaims>().AddSingleton<NoticeDelivery>();
        services.AddSingleton<NoticeRounds>().AddHostedService<NoticeLoop>();
        return services;
    }

    public static void MapNotices(this IEndpointRouteBuilder api) => NoticesApi.Map(api);
}
