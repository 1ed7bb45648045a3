using MtaSts.Dns;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Server;

/// <summary>dig, delv and BIND as a resolver against the service's own name server.</summary>
public sealed class RealResolverTests : IAsyncLifetime
{
    private const string Host = NameServerRig.Host;
    private const string Policy = NameServerRig.Policy;
    private const string Zone = Asking.ZoneName;
    private const string Large = $"large._mta-sts.{Zone}";

    private NameServerRig _rig = null!;

    public async ValueTask InitializeAsync()
    {
        Requires.Program("dig", "package bind9-dnsutils");
        _rig = await NameServerRig.StartAsync();
        await _rig.OfferAsync(Host, "A", "192.0.2.1", "192.0.2.2");
        await _rig.OfferAsync(Host, "AAAA", "2001:db8::1");
        await _rig.OfferAsync(Host, "CAA", "0 issue \"ca.example; validationmethods=http-01\"");
        await _rig.OfferAsync(Large, "TXT", [.. Enumerable.Range(10, 15).Select(i => $"\"{i}{new string('x', 198)}\"")]);
        await _rig.OfferAsync(Policy, "TXT", "\"v=STSv1; id=1;\"");
        await _rig.AnswersAsync(Policy, DnsType.Txt, ["NOERROR", "\"v=STSv1; id=1;\""]);
    }

    public ValueTask DisposeAsync() => _rig?.DisposeAsync() ?? default;

    [Theory]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    [InlineData("+noedns")]
    [InlineData("+bufsize=512")]
    [InlineData("+bufsize=4096")]
    [InlineData("+dnssec")]
    [InlineData("+nocookie")]
    [InlineData("+nsid")]
    [InlineData("+subnet=192.0.2.0/24")]
    [InlineData("+norecurse")]
    [InlineData("+header-only", false)]
    [InlineData("+opcode=NOTIFY", false)]
    [InlineData("+edns=1", true)]
    public async Task Dig_with(string option, bool answers = true)
    {
        var output = await _rig.DigAsync(option, Policy, "TXT");
        Assert.DoesNotContain("Warning", output.Replace(";; WARNING: recursion requested but not available", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        if (answers)
        {
            Assert.Contains("status: NOERROR", output, StringComparison.Ordinal);
            Assert.Contains($"{Policy}. 300 IN TXT \"v=STSv1; id=1;\"", Squeezed(output), StringComparison.Ordinal);
            Assert.Matches("flags: qr aa( rd)?;", output);
        }
        else
        {
            Assert.Matches("status: (FORMERR|NOTIMP)", output);
        }
    }

    [Fact]
    public async Task Dig_sees_TC_and_comes_again_over_TCP()
    {
        Assert.Matches("flags: qr aa tc rd; QUERY: 1, ANSWER: 0,", await _rig.DigAsync("+ignore", Large, "TXT"));
        var whole = await _rig.DigAsync(Large, "TXT");
        Assert.Contains("Truncated, retrying in TCP mode", whole, StringComparison.Ordinal);
        Assert.Contains("ANSWER: 15,", whole, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dig_asks_for_ANY_gets_little_over_both_transports()
    {
        foreach (var transport in new[] { "+notcp", "+tcp" })
        {
            Assert.Contains($"{Host}. 3600 IN HINFO \"RFC8482\" \"\"", Squeezed(await _rig.DigAsync(transport, Host, "ANY")), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("AXFR")]
    [InlineData("IXFR=1")]
    public async Task Nobody_transfers_the_zone(string type) =>
        Assert.Contains("Transfer failed", await _rig.DigAsync("+tcp", Zone, type), StringComparison.Ordinal);

    [Fact]
    public async Task Many_questions_on_one_connection()
    {
        string[] questions = [.. Enumerable.Range(0, 50).SelectMany(_ => new[] { Host, "A", Policy, "TXT" })];
        var output = await _rig.DigAsync(["+tcp", "+keepopen", "+short", .. questions]);
        Assert.Equal(150, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Delv_resolves()
    {
        var result = await ChildProcess.RunAsync(
            Requires.Program("delv", "package bind9-dnsutils"), ["-i", $"@{_rig.EndPoint.Address}", "-p", _rig.Port, Policy, "TXT"]);
        Assert.Contains($"{Policy}. 300 IN TXT \"v=STSv1; id=1;\"", Squeezed(result.Output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task BIND_that_forwards_resolves_everything()
    {
        await using var resolver = await BindServer.StartResolverAsync(_rig.EndPoint);
        await ResolvesAsync(resolver);
    }

    [Fact]
    public async Task BIND_follows_the_delegation_to_it()
    {
        // Once with the names of its servers known from the parent's zone, as in the world; BIND asks with as few labels as it can (RFC 9156).
        var zones = new Dictionary<string, string?>
        {
            ["provider.test"] = $"sts NS ns1\nsts NS ns2\nns1 A {_rig.EndPoint.Address}\nns2 A {_rig.EndPoint.Address}",
            ["customer.test"] = $"_mta-sts CNAME {Policy}.\nmta-sts CNAME {Host}.",
        };
        await using var resolver = await BindServer.StartDelegatingAsync(zones, _rig.EndPoint.Port);
        await ResolvesAsync(resolver);
        Assert.Equal($"{Policy}.\n\"v=STSv1; id=1;\"\n", await AskAsync(resolver, "+short", "_mta-sts.customer.test", "TXT"));
        Assert.Equal($"{Host}.\n192.0.2.1\n192.0.2.2\n", Sorted(await AskAsync(resolver, "+short", "mta-sts.customer.test", "A")));
    }

    private static async Task ResolvesAsync(BindServer resolver)
    {
        Assert.Equal("192.0.2.1\n192.0.2.2\n", Sorted(await AskAsync(resolver, "+short", Host, "A")));
        Assert.Equal("2001:db8::1\n", await AskAsync(resolver, "+short", Host, "AAAA"));
        Assert.Equal("0 issue \"ca.example; validationmethods=http-01\"\n", await AskAsync(resolver, "+short", Host, "CAA"));
        Assert.Equal("\"v=STSv1; id=1;\"\n", await AskAsync(resolver, "+short", Policy, "TXT"));
        Assert.Equal(15, (await AskAsync(resolver, "+short", Large, "TXT")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("status: NXDOMAIN", await AskAsync(resolver, $"nothing._mta-sts.{Zone}", "TXT"), StringComparison.Ordinal);
        Assert.Contains("status: NOERROR, ", await AskAsync(resolver, Host, "MX"), StringComparison.Ordinal);
        Assert.Contains("status: NOERROR, ", await AskAsync(resolver, $"_smtp._tls.{Zone}", "TXT"), StringComparison.Ordinal);
        // Nothing is remembered longer than a minute when it is not there.
        var negative = Squeezed(await AskAsync(resolver, $"nothing._mta-sts.{Zone}", "TXT"));
        Assert.Matches($"{Zone}\\. ([1-5]?[0-9]|60) IN SOA", negative);
    }

    private static async Task<string> AskAsync(BindServer resolver, params string[] arguments)
    {
        var result = await ChildProcess.RunAsync("dig", [$"@{resolver.EndPoint.Address}", "-p", $"{resolver.EndPoint.Port}", "+tries=1", "+time=30", .. arguments]);
        Assert.True(result.ExitCode == 0, result.Output);
        return result.Output;
    }

    private static string Sorted(string lines) => string.Concat(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).OrderByDescending(line => line.EndsWith('.')).ThenBy(line => line, StringComparer.Ordinal).Select(line => line + "\n"));

    private static string Squeezed(string output) => System.Text.RegularExpressions.Regex.Replace(output, "[ \\t]+", " ");
}
