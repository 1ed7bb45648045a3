using System.Text;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Records;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Fetch;

/// <summary>The whole of it against real servers: what a strict sender would hold in its hands at the end.</summary>
public sealed class PolicySideTests(PolicyHosts hosts) : IClassFixture<PolicyHosts>
{
    [Theory]
    [InlineData("good", true, true)]
    [InlineData("two", true, true)]
    [InlineData("deadv6", true, true)]
    [InlineData("norecord", false, true)]
    [InlineData("expired", true, false)]
    [InlineData("othername", true, false)]
    [InlineData("untrusted", true, false)]
    [InlineData("redirect", true, false)]
    [InlineData("missing", true, false)]
    [InlineData("html", true, false)]
    [InlineData("page", true, false)]
    [InlineData("binary", true, false)]
    [InlineData("large", true, false)]
    [InlineData("gzip", true, false)]
    [InlineData("oldtls", true, false)]
    [InlineData("nothere", false, false)]
    public async Task A_strict_sender_has_a_policy_only_with_record_and_fetch_both_right(string label, bool hasId, bool isFetched)
    {
        var result = await LookAsync(label);
        Assert.Equal((hasId ? label + "1" : null, isFetched, hasId && isFetched), (result.Id, result.Fetched is not null, result.Policy is not null));
        Assert.Equal(!(hasId && isFetched), result.Part.Advisories.Any(advisory => advisory.Severity == Severity.Error));
    }

    [Fact]
    public async Task The_steps_come_in_the_order_of_a_senders_way()
    {
        var result = await LookAsync("deadv6");
        Assert.Equal(
            [("record", StepState.Ok), ("host", StepState.Ok), ("fetch", StepState.Ok), ("fetch", StepState.Warning), ("policy", StepState.Ok), ("id", StepState.Skipped), ("reports", StepState.Ok)],
            result.Part.Steps.Select(step => (step.Name, step.State)));
        Assert.Equal(["version: STSv1", "mode: enforce", "mx: mx.example.test", "max_age: 1209600"], result.Part.Steps[4].Evidence);
        Assert.All(result.Part.Steps, step => Assert.NotEmpty(step.Evidence));
    }

    [Theory]
    [InlineData("good1", PolicyHosts.Text, "")]
    [InlineData("good2", PolicyHosts.Text, "id.behind")]
    [InlineData("good1", "version: STSv1\n", "text.differs")]
    public async Task A_domain_of_ours_is_compared_with_what_we_serve(string id, string text, string code)
    {
        var result = await LookAsync("good", new OwnPolicy(id, ["good1"], Encoding.ASCII.GetBytes(text)));
        Assert.Equal(code, string.Join(' ', result.Part.Advisories.Select(advisory => advisory.Code).Where(found => found.StartsWith("id.", StringComparison.Ordinal) || found.StartsWith("text.", StringComparison.Ordinal))));
    }

    private Task<PolicySideResult> LookAsync(string label, OwnPolicy? ours = null) =>
        new PolicySide(CheckParts.Records(hosts.Bind.Address, hosts.Bind.EndPoint.Port), CheckParts.Hosts(hosts.Bind.Address, hosts.Roots))
            .LookAsync(CheckParts.Domain($"{label}.test"), ours, TestContext.Current.CancellationToken);
}
