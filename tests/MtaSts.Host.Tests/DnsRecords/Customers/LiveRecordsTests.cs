using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>A customer sets his records at a real BIND, and the service says what it thinks of them.</summary>
public sealed class LiveRecordsTests(PostgresServer postgres)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_customer_sets_his_CNAMEs_step_by_step(StoreKind kind)
    {
        await using var rig = await CustomerRig.StartAsync(kind, postgres);
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var label = await rig.LabelAsync();
        Assert.Equal(["mta-sts CNAME missing record.missing", "mta-sts A optional", "mta-sts AAAA optional", "_mta-sts CNAME missing record.missing", "_mta-sts TXT optional"], await CustomerItemsAsync(rig));

        rig.PassRepeat();
        // The form of his provider adds the zone's name, and an old TXT is still there.
        await rig.UpdateAsync($"add mta-sts CNAME {label}.host.{CustomerRig.Zone}.{CustomerRig.Domain}.", "add _mta-sts TXT \"v=STSv1; id=2020-01-01;\"");
        Assert.Equal(["mta-sts CNAME wrong cname.final-dot", "mta-sts A optional", "mta-sts AAAA optional", "_mta-sts CNAME missing record.blocked", "_mta-sts TXT wrong txt.id"], await CustomerItemsAsync(rig));

        rig.PassRepeat();
        await rig.UpdateAsync("delete mta-sts", "delete _mta-sts", $"add mta-sts CNAME {label}.host.{CustomerRig.Zone}.", $"add _mta-sts CNAME {label}._mta-sts.{CustomerRig.Zone}.");
        Assert.Equal(["mta-sts CNAME ok", "mta-sts A optional", "mta-sts AAAA optional", "_mta-sts CNAME ok", "_mta-sts TXT optional"], await CustomerItemsAsync(rig));
        Assert.True((await rig.LookAsync())!.IsComplete);
        var item = await rig.RecordAsync("_mta-sts", "CNAME");
        Assert.Equal([$"{label}._mta-sts.{CustomerRig.Zone}."], item.GetProperty("observed").EnumerateArray().Select(data => data.GetString()));
        Assert.Equal(("customer", "policyId", "needed"), (item.GetProperty("owner").GetString(), item.GetProperty("purpose").GetString(), item.GetProperty("use").GetString()));
        Assert.StartsWith("ns.invalid 127.0.0.1:", item.GetProperty("servers")[0].GetProperty("server").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wildcard_a_chain_and_a_name_of_another_are_told_apart()
    {
        await using var rig = await CustomerRig.StartAsync();
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var label = await rig.LabelAsync();
        await rig.UpdateAsync($"add * CNAME {label}._mta-sts.{CustomerRig.Zone}.", "add mta-sts CNAME web.other.test.");
        Assert.Equal(["mta-sts CNAME wrong cname.elsewhere", "mta-sts A optional", "mta-sts AAAA optional", "_mta-sts CNAME wrong record.wildcard", "_mta-sts TXT optional"], await CustomerItemsAsync(rig));

        rig.PassRepeat();
        await rig.UpdateAsync("delete *", "delete mta-sts", $"add hop CNAME {label}._mta-sts.{CustomerRig.Zone}.", "add _mta-sts CNAME hop.customer.test.", "add mta-sts A 192.0.2.10", "add mta-sts AAAA 2001:db8::bad");
        Assert.Equal(["mta-sts CNAME missing record.blocked", "mta-sts A ok", "mta-sts AAAA wrong address.not-ours", "_mta-sts CNAME ok cname.chain", "_mta-sts TXT optional"], await CustomerItemsAsync(rig));
        Assert.Contains("2001:db8::bad", (await rig.RecordAsync("mta-sts", "AAAA")).GetProperty("problems")[0].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_is_repeated_for_ten_seconds_and_while_DNS_says_nothing()
    {
        await using var rig = await CustomerRig.StartAsync();
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var first = await CustomerItemsAsync(rig);
        await rig.UpdateAsync("add mta-sts A 192.0.2.10");
        Assert.Equal(first, await CustomerItemsAsync(rig));

        rig.PassRepeat();
        var second = await CustomerItemsAsync(rig);
        Assert.NotEqual(first, second);

        await rig.TakeDnsAwayAsync();
        rig.PassRepeat();
        Assert.Equal(second, await CustomerItemsAsync(rig));

        // What an edit has changed meanwhile was not looked at.
        await rig.App.PutDomainAsync(CustomerRig.Domain, maxAge: 86400);
        Assert.Contains("_mta-sts TXT unknown record.outdated", await CustomerItemsAsync(rig));
    }

    [Fact]
    public async Task Manual_TXT_records_are_watched_and_told_once_when_they_lag()
    {
        await using var rig = await CustomerRig.StartAsync(zone: "");
        var domain = await rig.App.PutDomainAsync(CustomerRig.Domain);
        Assert.Equal(JsonValueKind.Null, domain.GetProperty("published").GetProperty("dns").ValueKind);
        var id = domain.GetProperty("policyId").GetString();
        await rig.UpdateAsync("add mta-sts A 192.0.2.10", $"add _mta-sts TXT \"v=STSv1; id={id};\"");
        await UntilAsync(rig, async () => (await rig.LookAsync())?.IsComplete == true, "the watch has seen the record");
        var published = (await rig.App.Admin.GetAnswerAsync($"domains/{CustomerRig.Domain}")).Json.GetProperty("published").GetProperty("dns");
        Assert.Equal((id, "ok"), (published.GetProperty("policyId").GetString(), published.GetProperty("state").GetString()));

        // The edit is noticed without anybody asking.
        await rig.App.PutDomainAsync(CustomerRig.Domain, maxAge: 86400);
        await UntilAsync(rig, async () => (await rig.LookAsync())?.IsComplete == false, "the watch has seen that the TXT lags");
        Assert.Equal(["mta-sts A ok", "mta-sts AAAA optional", "_mta-sts TXT wrong txt.lags"], await CustomerItemsAsync(rig));
        published = (await rig.App.Admin.GetAnswerAsync($"domains?search={CustomerRig.Domain}")).Json.GetProperty("items")[0].GetProperty("published").GetProperty("dns");
        Assert.Equal((id, "wrong"), (published.GetProperty("policyId").GetString(), published.GetProperty("state").GetString()));

        // Looked at often, told once.
        var looked = (await rig.LookAsync())!.LookedAt;
        await UntilAsync(rig, async () => (await rig.LookAsync())!.LookedAt > looked, "it is looked at again");
        Assert.Equal(1, Told(rig, "Warning", "_mta-sts.customer.test TXT txt.lags"));

        await rig.UpdateAsync("delete _mta-sts", $"add _mta-sts TXT \"v=STSv1; id={(await rig.App.Admin.GetAnswerAsync($"domains/{CustomerRig.Domain}")).Member("policyId")};\"");
        await UntilAsync(rig, async () => (await rig.LookAsync())!.IsComplete, "the watch has seen the new id");
        // It is told after it is stored.
        await UntilAsync(rig, () => Task.FromResult(Told(rig, "Information", "are right") > 0), "it is told");
        Assert.Equal((1, 1), (Told(rig, "Warning", CustomerRig.Domain), Told(rig, "Information", "are right")));

        static int Told(CustomerRig rig, string level, string text) =>
            rig.Logs.Lines.Count(line => line.StartsWith($"{level} MtaSts.Host.DnsRecords.Customers", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_this_service_publishes_is_shown_as_the_store_has_it()
    {
        await using var rig = await CustomerRig.StartAsync(publishes: false);
        var id = (await rig.App.PutDomainAsync(CustomerRig.Domain)).GetProperty("policyId").GetString()!;
        await rig.PublishAsync(id, DnsRecordState.Drift, "dns.differs", """[{"server":"ns1 192.0.2.1:53","outcome":"answer","data":["\"v=STSv1; id=1;\""]}]""");
        var name = $"{await rig.LabelAsync()}._mta-sts.{CustomerRig.Zone}";

        var item = (await ProviderAsync(rig)).Single(item => item.GetProperty("name").GetString() == name);
        Assert.Equal(("provider", "drift", "policyId", "TXT"), (item.GetProperty("owner").GetString(), item.GetProperty("state").GetString(), item.GetProperty("purpose").GetString(), item.GetProperty("type").GetString()));
        Assert.Equal($"\"v=STSv1; id={id};\"", item.GetProperty("wanted")[0].GetString());
        Assert.Equal("\"v=STSv1; id=1;\"", item.GetProperty("observed")[0].GetString());
        Assert.Equal("dns.differs", item.GetProperty("problems")[0].GetProperty("code").GetString());
        var published = await rig.PublishedAsync();
        Assert.Equal((id, "drift"), (published.Id, published.State));
    }

    [Fact]
    public async Task An_id_that_is_out_waits_for_the_customer_until_his_CNAME_leads_there()
    {
        await using var rig = await CustomerRig.StartAsync(publishes: false);
        var id = (await rig.App.PutDomainAsync(CustomerRig.Domain)).GetProperty("policyId").GetString()!;
        await rig.PublishAsync(id, DnsRecordState.Live);
        var label = await rig.LabelAsync();
        await rig.RecordsAsync();
        await StateIsAsync("waitingForCustomer");

        await LooksAsync("add _mta-sts CNAME web.other.test.");
        await StateIsAsync("waitingForCustomer");
        var since = rig.App.Clock.GetUtcNow();
        await LooksAsync("delete _mta-sts", $"add _mta-sts CNAME {label}._mta-sts.{CustomerRig.Zone}.");
        await StateIsAsync("live");
        Assert.True((await rig.PublishedAsync()).Since > since);
        await LooksAsync("delete _mta-sts", $"add hop CNAME {label}._mta-sts.{CustomerRig.Zone}.", "add _mta-sts CNAME hop.customer.test.");
        await StateIsAsync("live");
        await LooksAsync("delete _mta-sts", $"add * CNAME {label}._mta-sts.{CustomerRig.Zone}.");
        await StateIsAsync("live");

        // What senders see is the customer's own, and an old one.
        await LooksAsync("delete *", "add _mta-sts TXT \"v=STSv1; id=1;\"");
        var own = await rig.PublishedAsync();
        Assert.Equal(("1", "wrong"), (own.Id, own.State));
        await LooksAsync("delete _mta-sts");
        await StateIsAsync("waitingForCustomer");

        // Servers that say nothing change nothing.
        await LooksAsync($"add _mta-sts CNAME {label}._mta-sts.{CustomerRig.Zone}.");
        await rig.TakeDnsAwayAsync();
        rig.PassRepeat();
        await rig.RecordsAsync();
        await StateIsAsync("live");

        async Task LooksAsync(params string[] lines)
        {
            await rig.UpdateAsync(lines);
            rig.PassRepeat();
            await rig.RecordsAsync();
        }

        async Task StateIsAsync(string state)
        {
            var published = await rig.PublishedAsync();
            Assert.Equal((id, state), (published.Id, published.State));
        }
    }

    [Fact]
    public async Task Text_for_tools_is_answered_and_other_formats_are_refused()
    {
        await using var rig = await CustomerRig.StartAsync();
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var label = await rig.LabelAsync();
        foreach (var (format, line) in new[]
        {
            ("zone", $"_mta-sts.customer.test. 3600 IN CNAME {label}._mta-sts.{CustomerRig.Zone}."), ("terraform", $"  cname = \"{label}._mta-sts.{CustomerRig.Zone}.\""), ("dnscontrol", $"    CNAME(\"_mta-sts\", \"{label}._mta-sts.{CustomerRig.Zone}.\", TTL(3600))"),
        })
        {
            var answer = (await rig.App.Admin.GetAnswerAsync($"domains/{CustomerRig.Domain}/records?format={format}")).Is(HttpStatusCode.OK);
            Assert.Equal("text/plain", answer.MediaType);
            Assert.Contains(line, answer.Text.Split('\n'));
        }

        (await rig.App.Admin.GetAnswerAsync($"domains/{CustomerRig.Domain}/records?format=bind")).IsInvalid("format.value format");
    }

    [Fact]
    public async Task A_tenant_sees_his_own_domain_with_his_own_label_alone()
    {
        await using var rig = await CustomerRig.StartAsync();
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var label = await rig.LabelAsync();
        await rig.App.AddTenantAsync("rival");
        using var rival = rig.App.Client(await rig.App.AddKeyAsync("rival", "admin"));
        (await rival.CallAsync("PUT", $"domains/{CustomerRig.Domain}", new { policy = new { mode = "testing", mx = new[] { "mail.rival.test" }, maxAge = 86400 } })).Is(HttpStatusCode.Created);

        var answer = (await rival.GetAnswerAsync($"domains/{CustomerRig.Domain}/records")).Is(HttpStatusCode.OK);
        Assert.DoesNotContain(label, answer.Text, StringComparison.Ordinal);
        Assert.Equal("proof", answer.Json.GetProperty("items")[0].GetProperty("purpose").GetString());
        Assert.DoesNotContain(label, (await rival.GetAnswerAsync($"domains/{CustomerRig.Domain}/records?format=zone")).Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        (await rival.GetAnswerAsync($"domains/{CustomerRig.Domain}/records?tenant=acme")).IsProblem(HttpStatusCode.NotFound, "domain.not_found");
    }

    [Fact]
    public async Task A_damaged_look_is_made_anew_and_one_of_a_domain_that_went_goes_too()
    {
        await using var rig = await CustomerRig.StartAsync();
        await rig.App.PutDomainAsync(CustomerRig.Domain);
        var items = await CustomerItemsAsync(rig);
        await rig.App.Services.GetRequiredService<Store>().WriteAsideAsync(db => db.CustomerLooks.ExecuteUpdateAsync(set => set.SetProperty(look => look.Report, "{"), Cancel), Cancel);
        Assert.Equal(items, await CustomerItemsAsync(rig));

        (await rig.App.Admin.CallAsync("DELETE", $"domains/{CustomerRig.Domain}?now=true")).Is(HttpStatusCode.NoContent);
        Assert.Null(await rig.LookAsync());
    }

    private static async Task<string[]> CustomerItemsAsync(CustomerRig rig) => [.. (await rig.RecordsAsync()).Where(line => !line.Contains(CustomerRig.Zone, StringComparison.Ordinal))];

    private static async Task<List<JsonElement>> ProviderAsync(CustomerRig rig) =>
        [.. (await rig.App.Admin.GetAnswerAsync($"domains/{CustomerRig.Domain}/records")).Json.GetProperty("items").EnumerateArray().Where(item => item.GetProperty("owner").GetString() == RecordWords.Provider)];

    // The clock goes on while the loop works.
    private static Task UntilAsync(CustomerRig rig, Func<Task<bool>> condition, string what) => Eventually.TrueAsync(
        async () =>
        {
            rig.App.Clock.Advance(TimeSpan.FromSeconds(1));
            return await condition();
        },
        () => what);
}
