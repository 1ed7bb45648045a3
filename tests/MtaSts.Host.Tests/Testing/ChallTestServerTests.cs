using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

/// <summary>Looked at with dig: what the names say is what the test said.</summary>
public sealed class ChallTestServerTests
{
    [Fact]
    public async Task Names_say_what_the_test_told_them_to()
    {
        Requires.Program("dig", "package bind9-dnsutils");
        using OwnAddress at = OwnAddress.Take();
        await using ChallTestServer dns = await ChallTestServer.StartAsync(at);
        string[] endpoint = dns.DnsEndpoint.Split(':');

        Assert.Equal($"{at}\n", await DigAsync("any.test", "A"));
        Assert.Equal("", await DigAsync("any.test", "AAAA"));

        await dns.SetAddressesAsync("a.test", "127.0.0.9", "127.0.0.10", "::1");
        Assert.Equal(["127.0.0.10", "127.0.0.9"], Lines(await DigAsync("a.test", "A")));
        Assert.Equal("::1\n", await DigAsync("a.test", "AAAA"));
        await dns.SetAddressesAsync("a.test", "127.0.0.11");
        Assert.Equal("127.0.0.11\n", await DigAsync("a.test", "A"));
        Assert.Equal("", await DigAsync("a.test", "AAAA"));

        await dns.SetCnameAsync("alias.test", "a.test");
        Assert.Equal(["127.0.0.11", "a.test."], Lines(await DigAsync("alias.test", "A")));
        await dns.ClearCnameAsync("alias.test");
        Assert.Equal($"{at}\n", await DigAsync("alias.test", "A"));

        await dns.AddTxtAsync("_acme-challenge.a.test", "one");
        await dns.AddTxtAsync("_acme-challenge.a.test", "two");
        Assert.Equal(["\"one\"", "\"two\""], Lines(await DigAsync("_acme-challenge.a.test", "TXT")));
        await dns.ClearTxtAsync("_acme-challenge.a.test");
        Assert.Equal("", await DigAsync("_acme-challenge.a.test", "TXT"));

        await dns.SetCaaAsync("a.test", ("issue", "ca.test"), ("iodef", "mailto:a@a.test"));
        Assert.Equal(["0 iodef \"mailto:a@a.test\"", "0 issue \"ca.test\""], Lines(await DigAsync("a.test", "CAA")));
        await dns.ClearCaaAsync("a.test");
        Assert.Equal("", await DigAsync("a.test", "CAA"));

        await dns.SetServfailAsync("s.test");
        Assert.Contains("status: SERVFAIL", await DigAsync("s.test", "A", "+all"), StringComparison.Ordinal);
        await dns.ClearServfailAsync("s.test");
        Assert.Contains("status: NOERROR", await DigAsync("s.test", "A", "+all"), StringComparison.Ordinal);

        await dns.SetDefaultAddressesAsync("127.0.0.3", "::1");
        Assert.Equal("127.0.0.3\n", await DigAsync("any.test", "A"));
        Assert.Equal("::1\n", await DigAsync("any.test", "AAAA"));

        const int A = 1;
        const int Aaaa = 28;
        Assert.Equal([A, Aaaa, A, Aaaa], await dns.QuestionsAsync("any.test"));
        Assert.Empty(await dns.QuestionsAsync("never-asked.test"));
        await dns.ClearQuestionsAsync("any.test");
        Assert.Empty(await dns.QuestionsAsync("any.test"));

        async Task<string> DigAsync(string name, string type, string format = "+short") => (await ChildProcess.RunAsync(
            "dig", [$"@{endpoint[0]}", "-p", endpoint[1], "+tcp", format, name, type])).StandardOutput;

        static IEnumerable<string> Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal);
    }
}
