using MtaSts.Host.Lookups;
using MtaSts.Host.Lookups.Caa;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Lookups.Caa;

/// <summary>Which CAA records count, in zones of BIND.</summary>
public sealed class CaaSearchTests(CaaSearchTests.Zones zones) : IClassFixture<CaaSearchTests.Zones>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("mta-sts.direct.test", "direct.test", "apex.example")] // A records and CAA at the tenant's apex
    [InlineData("mta-sts.own.test", "mta-sts.own.test", "own.example")] // the name's own before its parent's
    [InlineData("mta-sts.delegated.test", "label.host.provider.test", "target.example")] // at the CNAME's target, although the apex has others
    [InlineData("mta-sts.plain.test", "plain.test", "apex.example")] // none at the target: the tenant's parents, not the target's
    [InlineData("mta-sts.lost.test", "lost.test", "apex.example")] // the target is not there: the same
    [InlineData("mta-sts.dept.branch.test", "other.provider.test", "other.example")] // a CNAME at a parent is followed, too
    [InlineData("mta-sts.xn--bcher-kva.test", "xn--bcher-kva.test", "apex.example")]
    public async Task The_relevant_records_are_found(string name, string at, string issuer)
    {
        var found = await CaaSearch.FindAsync(Resolving.By(zones.Server.Address), name, CaaSearch.LongestSearch, Cancel);
        Assert.Equal((LookupOutcome.Answer, at), (found.Outcome, found.Name));
        Assert.Equal(new CaaProperty(0, "issue", issuer), Assert.Single(found.Properties));
    }

    [Theory]
    [InlineData("mta-sts.free.test")]
    [InlineData("mta-sts.not.there.at.all")]
    public async Task Without_records_up_to_the_top_there_are_none(string name)
    {
        var found = await CaaSearch.FindAsync(Resolving.By(zones.Server.Address), name, CaaSearch.LongestSearch, Cancel);
        Assert.Equal((LookupOutcome.NoData, name, 0), (found.Outcome, found.Name, found.Properties.Count));
    }

    [Theory]
    [InlineData("mta-sts.broken.test", LookupOutcome.ServerFailure)]
    [InlineData("mta-sts.tobroken.test", LookupOutcome.ServerFailure)]
    [InlineData("mta-sts.round.test", LookupOutcome.AliasLoop)]
    internal async Task A_failure_on_the_way_is_not_taken_for_no_records(string name, LookupOutcome outcome) =>
        Assert.Equal(outcome, (await CaaSearch.FindAsync(Resolving.By(zones.Server.Address), name, CaaSearch.LongestSearch, Cancel)).Outcome);

    [Fact]
    public async Task Every_parent_is_asked_and_then_no_more()
    {
        await using DnsStub stub = new(query => query.Empty());
        await CaaSearch.FindAsync(Resolving.By(stub.Address), "mta-sts.a.b.test", CaaSearch.LongestSearch, Cancel);
        Assert.Equal(["mta-sts.a.b.test", "a.b.test", "b.test", "test"], stub.Queries.Select(query => query.Name));
        Assert.All(stub.Queries, query => Assert.Equal(DnsStubQuery.Caa, query.Type));
    }

    [Fact]
    public async Task A_search_ends_when_its_time_is_over()
    {
        await using DnsStub stub = new(query => query.Name.StartsWith("mta-sts.", StringComparison.Ordinal) ? query.Empty() : null);
        var resolver = new Resolver(Resolving.Servers(stub.Address)) { Patience = TimeSpan.FromHours(1), LongestLookup = TimeSpan.FromHours(1) };
        var found = await CaaSearch.FindAsync(resolver, "mta-sts.a.test", TimeSpan.FromSeconds(3), Cancel);
        Assert.Equal((LookupOutcome.Timeout, "a.test"), (found.Outcome, found.Name));
    }

    public sealed class Zones : IAsyncLifetime
    {
        internal BindServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await BindServer.StartAsync(new Dictionary<string, string?>
        {
            ["direct.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts A 192.0.2.1",
            ["own.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts A 192.0.2.1\nmta-sts CAA 0 issue \"own.example\"",
            ["delegated.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts CNAME label.host.provider.test.",
            ["plain.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts CNAME bare.host.provider.test.",
            ["lost.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts CNAME lost.host.provider.test.",
            ["branch.test"] = "@ CAA 0 issue \"apex.example\"\ndept CNAME other.provider.test.\nmta-sts.dept A 192.0.2.1",
            ["xn--bcher-kva.test"] = "@ CAA 0 issue \"apex.example\"\nmta-sts CNAME bare.host.provider.test.",
            ["free.test"] = "mta-sts CNAME bare.host.provider.test.",
            ["tobroken.test"] = "mta-sts CNAME host.broken.test.",
            ["round.test"] = "mta-sts CNAME mta-sts2\nmta-sts2 CNAME mta-sts",
            ["broken.test"] = null,
            ["provider.test"] = """
                @ CAA 0 issue "parent-of-target.example"
                label.host A 192.0.2.80
                label.host CAA 0 issue "target.example"
                bare.host A 192.0.2.80
                other CAA 0 issue "other.example"
                """,
        });

        public ValueTask DisposeAsync() => Server is null ? ValueTask.CompletedTask : Server.DisposeAsync();
    }
}
