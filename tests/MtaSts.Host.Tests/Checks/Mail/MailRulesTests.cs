using System.Net;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>Each finding from made-up facts.</summary>
public sealed class MailRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly CertificateFacts Own = new("CN=mx", "CN=between", Now.AddDays(-10), Now.AddDays(60), ["mx.customer.test"], true, Digests('a'));
    private static readonly CertificateFacts Between = new("CN=between", "CN=root", Now.AddYears(-1), Now.AddYears(1), [], true, Digests('b'));
    private static readonly TlsFacts Good = new("TLS 1.3", "TLS_AES_256_GCM_SHA384", [Own, Between], null, true);

    /// <summary>What is seen at the one address of the one host, the code with its severity (none: all is well), and what a strict sender does.</summary>
    private static readonly (string What, MailAddress Address, string Codes, MailDelivery Delivery)[] Addresses =
    [
        ("good", Seen(Good), "", MailDelivery.Yes),
        ("no STARTTLS", Ended(MailEnd.NoStartTls), "mx.no-starttls Error", MailDelivery.No),
        ("handshake fails", Ended(MailEnd.StartTlsFailed), "mx.starttls-failed Error", MailDelivery.No),
        ("old TLS", Ended(MailEnd.StartTlsFailed) with { OldTls = "TLS 1.0" }, "mx.tls-version Error", MailDelivery.No),
        ("unreachable", Ended(MailEnd.Unreachable), "mx.none-reachable Error, mx.unreachable Warning", MailDelivery.Unknown),
        ("refused", Ended(MailEnd.Refused), "mx.none-reachable Error, mx.refused Warning", MailDelivery.Unknown),
        ("broken", Ended(MailEnd.Broken), "mx.none-reachable Error, mx.broken Warning", MailDelivery.Unknown),
        ("private", Ended(MailEnd.NotAllowed), "mx.none-reachable Error, mx.private-address Warning", MailDelivery.Unknown),
        ("not looked at", Ended(MailEnd.NotLookedAt), "mx.none-reachable Error, mx.not-looked-at Info", MailDelivery.Unknown),
        ("expires now", Seen(With(Own with { NotAfter = Now })), "mx.certificate-expires-soon Warning", MailDelivery.Yes),
        ("expired", Seen(With(Own with { NotAfter = Now.AddSeconds(-1) })), "mx.certificate-expired Error", MailDelivery.No),
        ("14 days left", Seen(With(Own with { NotAfter = Now.AddDays(14) })), "", MailDelivery.Yes),
        ("nearly 14 days left", Seen(With(Own with { NotAfter = Now.AddDays(14).AddSeconds(-1) })), "mx.certificate-expires-soon Warning", MailDelivery.Yes),
        ("valid from now", Seen(With(Own with { NotBefore = Now })), "", MailDelivery.Yes),
        ("of tomorrow", Seen(With(Own with { NotBefore = Now.AddSeconds(1) })), "mx.certificate-not-yet-valid Error", MailDelivery.No),
        ("another name", Seen(Good with { MatchesName = false }), "mx.certificate-name Error", MailDelivery.No),
        ("unknown CA", Seen(Good with { Distrust = "PartialChain" }), "mx.certificate-untrusted Error", MailDelivery.No),
        ("alone, of a public CA", Seen(Good with { Chain = [Own], Distrust = "PartialChain" }), "mx.chain-incomplete Error", MailDelivery.No),
        ("alone, names no issuer's URL", Seen(Good with { Chain = [Own with { NamesIssuerUrl = false }], Distrust = "PartialChain" }), "mx.certificate-untrusted Error", MailDelivery.No),
        ("self-signed", Seen(Good with { Chain = [Own with { Issuer = Own.Subject }], Distrust = "UntrustedRoot" }), "mx.certificate-untrusted Error", MailDelivery.No),
        ("cannot be read", Seen(Good with { Chain = [], Distrust = "it cannot be read", MatchesName = false }), "mx.certificate-untrusted Error", MailDelivery.No),
        ("all at once", Seen(new TlsFacts("TLS 1.2", "x", [Own with { NotAfter = Now.AddDays(-1) }, Between], "UntrustedRoot", false)), "mx.certificate-expired Error, mx.certificate-name Error, mx.certificate-untrusted Error", MailDelivery.No),
    ];

    public static TheoryData<string> Cases => [.. Addresses.Select(row => row.What)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Each_address_has_its_finding(string what)
    {
        var (_, address, codes, delivery) = Addresses.Single(row => row.What == what);
        var facts = Facts(Host("mx.customer.test", address));
        Assert.Equal(codes, Codes(facts, null));
        var host = MailRules.Hosts(facts, null).Single();
        Assert.Equal(delivery, host.Delivery);
        Assert.Equal(delivery == MailDelivery.Yes, host.Reason is null);
        Assert.Equal(delivery == MailDelivery.No, host.ResultType is not null);
    }

    [Theory]
    [InlineData("mx.customer.test", "", "Yes")]
    [InlineData("*.customer.test", "", "Yes")]
    [InlineData("*.elsewhere.test", "mx.not-in-policy Error, mx.pattern-unused Info", "No")]
    [InlineData("customer.test", "mx.not-in-policy Error, mx.pattern-unused Info", "No")]
    [InlineData("*.customer.test old.customer.test", "mx.pattern-unused Info", "Yes")]
    public void The_policy_has_to_name_the_host(string patterns, string codes, string delivery)
    {
        var facts = Facts(Host("mx.customer.test", Seen(Good)));
        var policy = MailLooking.Policy(patterns.Split(' '));
        Assert.Equal(codes, Codes(facts, policy));
        var host = MailRules.Hosts(facts, policy).Single();
        Assert.Equal((delivery, delivery == "No" ? "validation-failure" : null), (host.Delivery.ToString(), host.ResultType));
    }

    [Fact]
    public void In_mode_none_nothing_has_to_be_named()
    {
        var policy = new StsPolicy(StsMode.None, [], 86400);
        Assert.Equal("", Codes(Facts(Host("mx.customer.test", Seen(Good))), policy));
    }

    [Fact]
    public void A_bad_address_beside_a_good_one_makes_delivery_a_matter_of_luck()
    {
        var facts = Facts(Host("mx.customer.test", Seen(Good), Ended(MailEnd.NoStartTls, "192.0.2.2"), Ended(MailEnd.Unreachable, "192.0.2.3")));
        Assert.Equal("mx.no-starttls Error, mx.unreachable Warning, mx.address-differs Warning", Codes(facts, null));
        Assert.Equal((MailDelivery.Sometimes, "mx.no-starttls"), (MailRules.Hosts(facts, null)[0].Delivery, MailRules.Hosts(facts, null)[0].Reason));
        var differs = MailRules.Judge(facts, null).Advisories.Single(advisory => advisory.Code == "mx.address-differs");
        Assert.Equal("mx.customer.test is fit for a strict sender at 192.0.2.1, and not at 192.0.2.2.", differs.Message);
    }

    [Fact]
    public void The_same_of_two_addresses_is_said_once()
    {
        var facts = Facts(Host("mx.customer.test", Ended(MailEnd.NoStartTls), Ended(MailEnd.NoStartTls, "192.0.2.2")));
        Assert.Equal("mx.customer.test (192.0.2.1, 192.0.2.2): what was seen.", Assert.Single(MailRules.Judge(facts, null).Advisories).Message);
    }

    [Fact]
    public void An_unreachable_address_does_not_spoil_a_good_one()
    {
        var facts = Facts(Host("mx.customer.test", Seen(Good), Ended(MailEnd.Unreachable, "2001:db8::1")));
        Assert.Equal("mx.unreachable Warning", Codes(facts, null));
        Assert.Equal(MailDelivery.Yes, MailRules.Hosts(facts, null)[0].Delivery);
    }

    [Theory]
    [InlineData("NoData", "NoName", "mx.no-address Error", "No")]
    [InlineData("ServerFailure", "NoData", "mx.dns Error", "Unknown")]
    [InlineData("NoData", "Timeout", "mx.dns Error", "Unknown")]
    public void A_host_without_addresses(string v4, string v6, string codes, string delivery)
    {
        var facts = Facts(Host("mx.customer.test") with { V4 = Enum.Parse<LookupOutcome>(v4), V6 = Enum.Parse<LookupOutcome>(v6) });
        Assert.Equal(codes, Codes(facts, null));
        Assert.Equal(delivery, MailRules.Hosts(facts, null).Single().Delivery.ToString());
    }

    [Fact]
    public void Half_of_DNS_is_enough_for_delivery()
    {
        var facts = Facts(Host("mx.customer.test", Seen(Good)) with { V6 = LookupOutcome.ServerFailure });
        Assert.Equal("mx.dns-partly Warning", Codes(facts, null));
        Assert.Equal(MailDelivery.Yes, MailRules.Hosts(facts, null)[0].Delivery);
    }

    [Fact]
    public void Aliases_addresses_as_names_and_what_is_past_the_limit_are_told()
    {
        var alias = Host("mx.customer.test", Seen(Good)) with { Aliases = ["real.customer.test"], NotLookedAt = [IPAddress.Parse("192.0.2.9")] };
        var facts = Facts(alias, Host("192.0.2.1")) with { NotLookedAt = [new MailExchange(90, "far.customer.test"), new MailExchange(91, "far.elsewhere.test")] };
        Assert.Equal("mx.too-many Info, mx.cname Warning, mx.too-many Info, mx.address Error", Codes(facts, null));
        Assert.Equal(["Yes", "No", "Unknown", "No"], MailRules.Hosts(facts, MailLooking.Policy("*.customer.test")).Select(host => host.Delivery.ToString()));
    }

    [Fact]
    public void DANE_is_told_apart_by_DNSSEC()
    {
        var host = Host("mx.customer.test", Seen(Good));
        var fits = $"3 1 1 {Own.Digests.Key256}";
        Assert.Equal("dane.present Info", Codes(Facts(host with { Tlsa = new TlsaFacts(LookupOutcome.Answer, [fits], true) }), null));
        Assert.Equal("dane.unvalidated Info", Codes(Facts(host with { Tlsa = new TlsaFacts(LookupOutcome.Answer, [fits], false) }), null));
        Assert.Equal("dane.failed Warning", Codes(Facts(host with { Tlsa = new TlsaFacts(LookupOutcome.ServerFailure, [], false) }), null));
    }

    public static TheoryData<string, string> TlsaRecords => new()
    {
        { $"3 1 1 {Own.Digests.Key256}", "dane.present Info" },
        { $"3 1 2 {Own.Digests.Key512}", "dane.present Info" },
        { $"3 0 1 {Own.Digests.Whole256}", "dane.present Info" },
        { $"3 0 2 {Own.Digests.Whole512}", "dane.present Info" },
        { $"2 0 1 {Between.Digests.Whole256}", "dane.present Info" },
        { $"2 1 2 {Between.Digests.Key512}", "dane.present Info" },
        // The next key's beside it.
        { $"3 1 1 {new string('0', 64)}, 3 1 1 {Own.Digests.Key256}", "dane.present Info" },
        { $"3 1 1 {new string('0', 64)}", "dane.mismatch Error" },
        // The other's digest, and that of the issuer as if it were the server's own.
        { $"3 0 1 {Own.Digests.Key256}", "dane.mismatch Error" },
        { $"3 1 1 {Between.Digests.Key256}", "dane.mismatch Error" },
        { "3 0 0 30820122", "dane.mismatch Error" },
        { $"3 1 1 {new string('0', 64)}, 1 1 1 {Own.Digests.Key256}", "dane.mismatch Error" },
        // What SMTP does not go by: PKIX usages, unknown numbers, digests that are none.
        { $"1 1 1 {Own.Digests.Key256}", "dane.unusable Warning" },
        { $"0 0 1 {Between.Digests.Whole256}", "dane.unusable Warning" },
        { $"3 2 1 {Own.Digests.Key256}", "dane.unusable Warning" },
        { $"3 1 3 {Own.Digests.Key256}", "dane.unusable Warning" },
        { "3 1 1 abcd", "dane.unusable Warning" },
        { "3 1 0 ", "dane.unusable Warning" },
    };

    [Theory]
    [MemberData(nameof(TlsaRecords))]
    public void TLSA_records_are_compared_with_the_certificates(string records, string codes)
    {
        var host = Host("mx.customer.test", Seen(Good)) with { Tlsa = new TlsaFacts(LookupOutcome.Answer, records.Split(", "), true) };
        Assert.Equal(codes, Codes(Facts(host), null));
        // It is not MTA-STS that refuses.
        Assert.Equal(MailDelivery.Yes, MailRules.Hosts(Facts(host), null).Single().Delivery);
        // Without DNSSEC they mean nothing, and without a certificate there is nothing to compare with.
        Assert.Equal("dane.unvalidated Info", Codes(Facts(host with { Tlsa = host.Tlsa with { IsValidated = false } }), null));
        Assert.DoesNotContain("dane.mismatch", Codes(Facts(host with { Addresses = [Ended(MailEnd.Unreachable)] }), null), StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_whose_certificates_the_TLSA_records_do_not_fit_are_named()
    {
        var strange = Seen(With(Own with { Digests = Digests('c') })) with { Address = IPAddress.Parse("192.0.2.7") };
        var host = Host("mx.customer.test", Seen(Good), strange) with { Tlsa = new TlsaFacts(LookupOutcome.Answer, [$"3 1 1 {Own.Digests.Key256}"], true) };
        var found = MailRules.Judge(Facts(host), null).Advisories.Single(advisory => advisory.Code == "dane.mismatch");
        Assert.Equal("mx.customer.test: none of its 1 usable TLSA records fits the certificates at 192.0.2.7.", found.Message);
        Assert.Equal("validation-failure", found.ResultType);
    }

    [Fact]
    public void Steps_follow_the_senders_way()
    {
        var part = MailRules.Judge(Facts(Host("mx.customer.test", Seen(Good)), Host("mx2.customer.test", Ended(MailEnd.NoStartTls))), null);
        Assert.Equal([("mx", "customer.test", StepState.Ok), ("smtp", "mx.customer.test", StepState.Ok), ("smtp", "mx2.customer.test", StepState.Error)], part.Steps.Select(step => (step.Name, step.Subject, step.State)));
        Assert.Equal(["MX 10 mx.customer.test", "MX 10 mx2.customer.test"], part.Steps[0].Evidence);
        Assert.Contains("192.0.2.1: TLS 1.3, TLS_AES_256_GCM_SHA384", part.Steps[1].Evidence);
        var none = MailRules.Judge(Facts() with { Kind = MxKind.Null }, null);
        Assert.Equal([StepState.Warning, StepState.Skipped], none.Steps.Select(step => step.State));
    }

    [Fact]
    public void What_strangers_send_cannot_write_on_a_terminal()
    {
        var evil = "\u001b[2J" + new string('x', 5000);
        var address = Seen(new TlsFacts("TLS 1.2", "x", [Own with { Subject = evil, Issuer = evil, Names = [evil] }], evil, false)) with { Detail = evil, End = MailEnd.Broken, Dialogue = ["S: " + evil] };
        var part = MailRules.Judge(Facts(Host("mx.customer.test", address)), null);
        Assert.All(part.Advisories.SelectMany(advisory => new[] { advisory.Message, advisory.Subject }).Concat(part.Steps.SelectMany(step => step.Evidence)), text =>
        {
            Assert.DoesNotContain(text, char.IsControl);
            Assert.True(text.Length < 1000);
        });
    }

    [Fact]
    public void Every_code_stands_once_in_the_list()
    {
        var declared = typeof(MailCodes).GetFields().Where(field => field.FieldType == typeof(CheckCode)).Select(field => (CheckCode)field.GetValue(null)!).ToList();
        Assert.Equal(declared.Select(code => code.Code).Order(), MailCodes.All.Select(code => code.Code).Order());
        Assert.Equal(declared.Count, declared.Select(code => code.Code).Distinct().Count());
    }

    private static TlsFacts With(CertificateFacts own) => Good with { Chain = [own, Between] };

    private static MailAddress Seen(TlsFacts tls) => Ended(MailEnd.Secured) with { Detail = "", Tls = tls };

    private static MailAddress Ended(MailEnd end, string address = "192.0.2.1") => new(IPAddress.Parse(address), end, "what was seen", ["S: 220 hello"], null, null, TimeSpan.Zero);

    private static MailHost Host(string name, params MailAddress[] addresses) =>
        new(name, 10, addresses.Length > 0 ? LookupOutcome.Answer : LookupOutcome.NoData, LookupOutcome.NoData, [], addresses, [], new TlsaFacts(LookupOutcome.NoName, [], false), TimeSpan.Zero);

    // Told apart by their first digit.
    private static CertificateDigests Digests(char digit) => new(new string(digit, 63) + '1', new string(digit, 127) + '2', new string(digit, 63) + '3', new string(digit, 127) + '4');

    private static MailFacts Facts(params MailHost[] hosts) => new("customer.test", MxKind.Records, LookupOutcome.Answer, hosts, [], Now, TimeSpan.Zero, TimeSpan.Zero);

    private static string Codes(MailFacts facts, StsPolicy? policy) => string.Join(", ", MailRules.Judge(facts, policy).Advisories.Select(advisory => $"{advisory.Code} {advisory.Severity}"));
}
