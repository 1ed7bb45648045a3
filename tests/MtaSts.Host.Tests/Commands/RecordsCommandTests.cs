using System.Text.Json;
using MtaSts.Host.Tests.DnsRecords.Customers;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

/// <summary>`mtasts records`.</summary>
public sealed class RecordsCommandTests : IDisposable
{
    private readonly MtaStsProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task Records_are_shown_with_ticks_and_with_what_is_wrong_while_the_service_is_down()
    {
        string label;
        await using (var rig = await CustomerRig.StartAsync(directory: _program.DataDirectory))
        {
            await rig.App.PutDomainAsync(CustomerRig.Domain);
            label = await rig.LabelAsync();
            await rig.UpdateAsync($"add mta-sts CNAME {label}.host.{CustomerRig.Zone}.", $"add _mta-sts CNAME {label}._mta-sts.{CustomerRig.Zone}.{CustomerRig.Domain}.");
            // Looked at, and kept.
            await rig.RecordsAsync();
        }

        string[] settings = [$"--Dns:Zone={CustomerRig.Zone}", "--Public:Addresses=192.0.2.10, 2001:db8::10", $"--Dns:Resolvers=127.0.0.1:{FreePort.Next()}"];
        var shown = await _program.RunAsync(["records", "Customer.Test", .. settings]);

        Assert.Equal((0, ""), (shown.ExitCode, shown.StandardError));
        Assert.StartsWith(
            $"""
            customer.test of acme, active

            What the domain's owner sets:
            ✓  mta-sts.customer.test   CNAME  ok     {label}.host.sts.provider.test.
            ✗  _mta-sts.customer.test  CNAME  wrong  {label}._mta-sts.sts.provider.test.
                                                     DNS gives {label}._mta-sts.sts.provider.test.customer.test.

            Only where that cannot be set, in its place:
            ·  mta-sts.customer.test   A     optional  192.0.2.10
            ·  mta-sts.customer.test   AAAA  optional  2001:db8::10
            ·  _mta-sts.customer.test  TXT   optional  "v=STSv1; id=
            """,
            shown.StandardOutput,
            StringComparison.Ordinal);
        Assert.Contains($"\n✗ cname.final-dot: _mta-sts.customer.test leads to {label}._mta-sts.sts.provider.test.customer.test: ", shown.StandardOutput, StringComparison.Ordinal);

        var json = JsonElement.Parse((await _program.RunAsync(["records", CustomerRig.Domain, "--format", "json", .. settings])).StandardOutput);
        Assert.Equal("ok", json.GetProperty("items")[0].GetProperty("state").GetString());
        var zone = await _program.RunAsync(["records", CustomerRig.Domain, "--format", "zone", .. settings]);
        Assert.Contains($"\n_mta-sts.customer.test. 3600 IN CNAME {label}._mta-sts.sts.provider.test.\n", zone.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_domain_that_is_not_there_and_wrong_usage_are_told_in_one_line()
    {
        await _program.RunAsync("migrate");
        var none = await _program.RunAsync("records", "none.test");
        Assert.Equal((1, "", "mtasts: There is no domain none.test.\n"), (none.ExitCode, none.StandardOutput, none.StandardError));
        var tenant = await _program.RunAsync("records", "none.test", "--tenant", "acme");
        Assert.Equal((1, "mtasts: There is no domain none.test of acme.\n"), (tenant.ExitCode, tenant.StandardError));
        var format = await _program.RunAsync("records", "none.test", "--format", "bind");
        Assert.Equal((2, "mtasts: --format must be one of zone, terraform, dnscontrol, json.\n"), (format.ExitCode, format.StandardError));
        var name = await _program.RunAsync("records", "no_name");
        Assert.Equal((2, 1), (name.ExitCode, name.StandardError.TrimEnd('\n').Split('\n').Length));
    }
}
