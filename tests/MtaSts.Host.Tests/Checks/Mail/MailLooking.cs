using Microsoft.Extensions.Options;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;
using MtaSts.Testing;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>Looks of tests.</summary>
internal static class MailLooking
{
    public static SmtpLook Smtp(MailCa? ca = null, TimeSpan? patience = null, OneAtATime? turns = null, string ehloName = "")
    {
        var options = Options.Create(new ChecksOptions { TrustedRoots = ca?.RootFile ?? "", EhloName = ehloName });
        return new SmtpLook(new CheckTrust(options, TimeProvider.System), turns ?? new OneAtATime(), options, TimeProvider.System) { Patience = patience ?? TimeSpan.FromSeconds(20) };
    }

    public static MailLook At(BindServer dns, SmtpLook smtp, bool allowPrivate = true, TimeSpan? longest = null) =>
        new(Resolving.By(dns.Address), new OutboundAddresses(Options.Create(new NetworkOptions { AllowPrivateAddresses = allowPrivate })), new SmtpVisits(smtp, TimeProvider.System), TimeProvider.System) { Longest = longest ?? TimeSpan.FromSeconds(60) };

    public static StsPolicy Policy(params string[] patterns) =>
        new(StsMode.Enforce, patterns.Select(text => MxPattern.TryParse(text, out var pattern, out _) ? pattern : throw new ArgumentException(text)), 86400);
}
