using Microsoft.Extensions.Options;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Lookups;

namespace MtaSts.Host.Tests.Checks;

/// <summary>Parts of the check as the service puts them together, asking a DNS server of the test.</summary>
internal static class CheckParts
{
    public static RecordLook Records(string resolver, int port, TimeSpan? longestSearch = null) => new(
        Resolving.By(resolver), Authorities.By(resolver, port), new AuthoritativeLook(Authorities.By(resolver, port)), new ReportTargets(Resolving.By(resolver)), TimeProvider.System)
    { LongestSearch = longestSearch ?? TimeSpan.FromSeconds(12) };

    public static HostLook Hosts(string resolver, string roots, bool allowPrivate = true, TimeSpan? patience = null, TimeSpan? whole = null, OneAtATime? turns = null)
    {
        var outbound = new OutboundAddresses(Options.Create(new NetworkOptions { AllowPrivateAddresses = allowPrivate }));
        var trust = new CheckTrust(Options.Create(new ChecksOptions { TrustedRoots = roots }), TimeProvider.System);
        var request = new PolicyRequest(outbound, new Handshake(trust), TimeProvider.System) { Patience = patience ?? TimeSpan.FromSeconds(15) };
        return new HostLook(Resolving.By(resolver), outbound, request, turns ?? new OneAtATime(), TimeProvider.System) { Patience = whole ?? TimeSpan.FromSeconds(60) };
    }

    public static MailDomain Domain(string name) => MailDomain.TryParse(name, out var domain, out _) ? domain : throw new FormatException(name);
}
