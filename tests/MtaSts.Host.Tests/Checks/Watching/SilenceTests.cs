using MtaSts.Host.Checks.Watching;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

public sealed class SilenceTests
{
    [Fact]
    public void A_provider_is_one_place_whatever_its_names()
    {
        var report = Reports.Of(default, "mx.unreachable@mx1.provider.test", "mx.unreachable@mx2.provider.test", "mx.dns@example.co.uk", "policy.unreachable@192.0.2.1");
        report = report with { Steps = [new("smtp", "mx1.provider.test", "error", 0, ["192.0.2.5: no connection", "192.0.2.6: no connection", "2001:db8::1: no connection"]), new("smtp", "other.test", "ok", 0, ["198.51.100.1: TLS"])] };
        var silence = Silence.Of(report, report.Advisories.Where(Silence.Is));
        Assert.Equal(["192.0.2.1", "example.co.uk", "provider.test"], silence.Names.Order(StringComparer.Ordinal));
        Assert.Equal(["20010DB80000", "C00002"], silence.Networks.Order(StringComparer.Ordinal));
    }
}
