using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Lookups;
using MtaSts.Host.Tests.Domains.Ownership;
using MtaSts.Host.Tests.Lookups;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>What a look costs: it is made each day for each domain.</summary>
public sealed class LookCountTests
{
    private static readonly CustomerSettings Settings = new("sts.provider.test", [System.Net.IPAddress.Parse("192.0.2.7")], [], null);

    [Fact]
    public async Task A_domain_that_delegates_costs_four_questions_to_each_server_two_about_its_zone_and_five_to_resolvers()
    {
        await using CustomerDns dns = new();
        var domain = Zones.Domain();
        dns.Alias(domain.Domain.PolicyHost, CustomerRecords.Target(domain, RecordPurpose.Host, Settings));
        dns.Alias(domain.Domain.RecordName, CustomerRecords.Target(domain, RecordPurpose.PolicyId, Settings));

        var facts = await LookAsync(dns, domain);

        Assert.True(CustomerRules.Judge(domain, Settings, facts).IsComplete);
        var direct = dns.Asked(resolver: false);
        Assert.Equal(["1 mta-sts.customer.test", "16 _mta-sts.customer.test", "2 _mta-sts.customer.test", "2 mta-sts.customer.test", "28 mta-sts.customer.test"], direct.Where(asked => asked.Contains("mta-sts", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal((4 * 2) + 2, direct.Length);
        // The stub leaves the end of a CNAME to who asks, which a resolver does not.
        Assert.Equal(
            ["1 ns1.dns.test", "1 ns2.dns.test", "2 customer.test", "28 ns1.dns.test", "28 ns2.dns.test"],
            dns.Asked(resolver: true).Where(asked => !asked.EndsWith(Settings.Zone, StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wildcard_is_seen_all_the_same(bool isAlias)
    {
        await using CustomerDns dns = new();
        var domain = Zones.Domain();
        dns.Alias(domain.Domain.PolicyHost, CustomerRecords.Target(domain, RecordPurpose.Host, Settings));
        if (isAlias)
        {
            dns.Alias("*.customer.test", CustomerRecords.Target(domain, RecordPurpose.PolicyId, Settings));
        }
        else
        {
            dns.Text("*.customer.test", StsRecord.Write(domain.PolicyId));
        }

        var report = CustomerRules.Judge(domain, Settings, await LookAsync(dns, domain));

        Assert.Equal(["record.wildcard"], report.Records.Where(record => record.State == CustomerState.Wrong).SelectMany(record => record.Problems).Select(problem => problem.Code));
        Assert.Equal(CustomerState.Ok, report.Records[0].State);
    }

    private static Task<CustomerFacts> LookAsync(CustomerDns dns, CustomerDomain domain)
    {
        var servers = Authorities.By(dns.Resolver, dns.Port, zone: Settings.Zone);
        return new CustomerLooks(servers, new AuthoritativeLook(servers), Resolving.By(dns.Resolver)).LookAsync(domain, Settings, null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }
}
