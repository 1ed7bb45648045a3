using System.Text.Json;
using System.Text.RegularExpressions;
using MtaSts.Dns;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Customers;

/// <summary>The same records for other tools.</summary>
public sealed partial class RecordFormatsTests
{
    // What no rule lets in, and a damaged row may hold.
    private const string Hostile = "mailto:\"; } ${file(\"/etc/passwd\")} %{if true} \\\" ) // \n$INCLUDE /etc/passwd\u2028é";

    private static readonly string LongUri = "https://r.test/" + new string('x', 400);

    public static TheoryData<string, bool> Domains => new()
    {
        { "mailto:a@r.test", true },
        { "mailto:a@r.test", false },
        { LongUri, true },
        { LongUri, false },
        { Hostile, true },
        { Hostile, false },
    };

    [Theory]
    [MemberData(nameof(Domains))]
    public async Task BIND_takes_the_zone_snippet_and_reads_what_is_meant(string rua, bool delegating)
    {
        var program = Requires.Program("named-checkzone", "package bind9-utils");
        var (domain, records) = Records(rua, delegating);
        var snippet = RecordFormats.Write("zone", domain, records);
        var folder = Directory.CreateTempSubdirectory("mtasts-zone-");
        try
        {
            var file = Path.Combine(folder.FullName, "zone");
            await File.WriteAllTextAsync(file, $"$TTL 60\n@ SOA ns.invalid. hostmaster.invalid. 1 3600 600 604800 30\n@ NS ns.invalid.\n{snippet}", TestContext.Current.CancellationToken);
            var checkedZone = await ChildProcess.RunAsync(program, ["-D", "-q", Zones.Name, file]);
            Assert.True(checkedZone.ExitCode == 0, checkedZone.Output + snippet);

            // `-D` prints the zone in the one form of BIND.
            var found = checkedZone.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Blanks().Split(line, 5))
                .Where(parts => parts[3] is not ("SOA" or "NS")).Select(parts => (parts[0].TrimEnd('.'), parts[1], parts[3], Text(parts[3], parts[4]))).Order().ToList();
            Assert.Equal(Wanted(records).Select(item => (item.Name, $"{item.Ttl}", item.Type, Text(item.Type, item.Data))).Order(), found);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_zone_snippet_has_the_alternative_as_comments()
    {
        var (domain, records) = Records("mailto:a@r.test", delegating: true);
        Assert.Equal(
            """
            ; What customer.test has to set. Names are whole: keep their final dots.
            mta-sts.customer.test. 3600 IN CNAME abcdefghijklmnopqrstuvwxyz.host.sts.provider.test.
            _mta-sts.customer.test. 3600 IN CNAME abcdefghijklmnopqrstuvwxyz._mta-sts.sts.provider.test.
            _smtp._tls.customer.test. 3600 IN CNAME abcdefghijklmnopqrstuvwxyz._smtp._tls.sts.provider.test.
            ; Only where a CNAME cannot be set, in its place:
            ; _mta-sts-challenge.customer.test. 300 IN TXT "abcdefghijklmnopqrstuvwxyz"
            ; mta-sts.customer.test. 3600 IN A 192.0.2.7
            ; mta-sts.customer.test. 3600 IN AAAA 2001:db8::7
            ; _mta-sts.customer.test. 300 IN TXT "v=STSv1; id=20261123124501123;"
            ; _smtp._tls.customer.test. 3600 IN TXT "v=TLSRPTv1; rua=mailto:a@r.test"

            """,
            RecordFormats.Write("zone", domain, records));
    }

    [Fact]
    public void Terraform_gets_the_resources_of_hashicorp_dns()
    {
        var (domain, records) = Records("mailto:a@r.test", delegating: false);
        Assert.Equal(
            """
            # What customer.test has to set, for the provider hashicorp/dns. Where it has no zone of its own, put that zone's name for zone, and the rest of the name in front of it into name.

            resource "dns_txt_record_set" "_mta_sts_challenge" {
              zone = "customer.test."
              name = "_mta-sts-challenge"
              txt = ["abcdefghijklmnopqrstuvwxyz"]
              ttl = 300
            }

            resource "dns_a_record_set" "mta_sts" {
              zone = "customer.test."
              name = "mta-sts"
              addresses = ["192.0.2.7"]
              ttl = 3600
            }

            resource "dns_aaaa_record_set" "mta_sts" {
              zone = "customer.test."
              name = "mta-sts"
              addresses = ["2001:db8::7"]
              ttl = 3600
            }

            resource "dns_txt_record_set" "_mta_sts" {
              zone = "customer.test."
              name = "_mta-sts"
              txt = ["v=STSv1; id=20261123124501123;"]
              ttl = 300
            }

            resource "dns_txt_record_set" "_smtp__tls" {
              zone = "customer.test."
              name = "_smtp._tls"
              txt = ["v=TLSRPTv1; rua=mailto:a@r.test"]
              ttl = 3600
            }

            """,
            RecordFormats.Write("terraform", domain, records));
    }

    [Theory]
    [MemberData(nameof(Domains))]
    public void Every_line_of_Terraform_reads_as_what_is_meant(string rua, bool delegating)
    {
        var (domain, records) = Records(rua, delegating);
        var blocks = RecordFormats.Write("terraform", domain, records).Split("\n\n")[1..];
        var found = blocks.SelectMany(block =>
        {
            // Nothing but these lines, each whole: a value that left its quotes would be one that is none of them.
            var lines = block.TrimEnd('\n').Split('\n');
            var head = TerraformHead().Match(lines[0]);
            Assert.True(head.Success && lines.Length == 6 && lines[5] == "}", block);
            Assert.Equal("  zone = \"customer.test.\"", lines[1]);
            var name = Hcl(Assert.Single(TerraformMember("name").Matches(lines[2])).Groups[1].Value).Single();
            var value = Assert.Single(TerraformMember("(?:cname|txt|addresses)").Matches(lines[3])).Groups[1].Value;
            var ttl = Assert.Single(Regex.Matches(lines[4], "^  ttl = ([0-9]+)$")).Groups[1].Value;
            var type = head.Groups[1].Value.ToUpperInvariant();
            // The provider puts a text between quotes of a zone file.
            return Hcl(value).Select(item => ($"{name}.{Zones.Name}", ttl, type, type == "TXT" ? DnsText.Joined($"\"{item}\"") : item));
        });
        Assert.Equal(Wanted(records).Select(item => (item.Name, $"{item.Ttl}", item.Type, Text(item.Type, item.Data))).Order(), found.Order());
    }

    [Fact]
    public void Dnscontrol_gets_an_extension_of_the_domain()
    {
        var (domain, records) = Records("mailto:a@r.test", delegating: true);
        Assert.Equal(
            """
            // What customer.test has to set.
            D_EXTEND("customer.test",
                CNAME("mta-sts", "abcdefghijklmnopqrstuvwxyz.host.sts.provider.test.", TTL(3600)),
                CNAME("_mta-sts", "abcdefghijklmnopqrstuvwxyz._mta-sts.sts.provider.test.", TTL(3600)),
                CNAME("_smtp._tls", "abcdefghijklmnopqrstuvwxyz._smtp._tls.sts.provider.test.", TTL(3600))
            );

            """,
            RecordFormats.Write("dnscontrol", domain, records));
    }

    [Theory]
    [MemberData(nameof(Domains))]
    public void Every_line_of_dnscontrol_reads_as_what_is_meant(string rua, bool delegating)
    {
        var (domain, records) = Records(rua, delegating);
        var lines = RecordFormats.Write("dnscontrol", domain, records).TrimEnd('\n').Split('\n');
        Assert.Equal(["// What customer.test has to set.", "D_EXTEND(\"customer.test\",", ");"], [lines[0], lines[1], lines[^1]]);
        var found = lines[2..^1].Select((line, index) =>
        {
            var call = DnsControlCall().Match(line);
            Assert.True(call.Success && line.EndsWith(',') == (index < lines.Length - 4), line);
            // Strings of JSON are strings of JavaScript.
            return ($"{JsonSerializer.Deserialize<string>(call.Groups[2].Value)}.{Zones.Name}", call.Groups[4].Value, call.Groups[1].Value, JsonSerializer.Deserialize<string>(call.Groups[3].Value)!);
        });
        Assert.Equal(Wanted(records).Select(item => (item.Name, $"{item.Ttl}", item.Type, Text(item.Type, item.Data))).Order(), found.Order());
    }

    [Theory]
    [InlineData("zone")]
    [InlineData("terraform")]
    [InlineData("dnscontrol")]
    public void What_is_to_be_gone_is_in_no_file(string format)
    {
        var domain = Zones.Domain(DomainState.Removing) with { RecordEnded = true, HostEnded = true };
        Assert.DoesNotContain(Zones.Label, RecordFormats.Write(format, domain, CustomerRecords.Of(domain, Zones.Delegating)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zone")]
    [InlineData("terraform")]
    [InlineData("dnscontrol")]
    public void An_id_that_waits_for_the_guard_is_in_no_file_and_the_one_before_it_is(string format)
    {
        var domain = Zones.Domain() with { Hold = GateHold.Unjudged };
        Assert.DoesNotContain("STSv1", RecordFormats.Write(format, domain, CustomerRecords.Of(domain, Zones.ByHand)), StringComparison.Ordinal);
        domain = domain.Announcing("old1");
        var text = RecordFormats.Write(format, domain, CustomerRecords.Of(domain, Zones.ByHand));
        Assert.Contains("id=old1;", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Zones.Id, text, StringComparison.Ordinal);
    }

    private static (CustomerDomain Domain, IReadOnlyList<CustomerRecord> Records) Records(string rua, bool delegating)
    {
        var domain = Zones.Domain(DomainState.Pending, rua);
        return (domain, CustomerRecords.Of(domain, delegating ? Zones.Delegating : Zones.ByHand));
    }

    private static IEnumerable<(string Name, int Ttl, string Type, string Data)> Wanted(IEnumerable<CustomerRecord> records) =>
        records.Where(record => record.Use != RecordUse.Alternative).SelectMany(record => record.Wanted.Select(data => (record.Name, record.Ttl, record.Type, data)));

    private static string Text(string type, string data) => type == "TXT" ? DnsText.Joined(data) : data;

    // Strings of HCL: quotes and backslashes escaped, and no template in them.
    private static IEnumerable<string> Hcl(string value)
    {
        var strings = HclString().Matches(value);
        Assert.Equal(value.TrimStart('[').TrimEnd(']'), string.Join(", ", strings.Select(match => match.Value)));
        return strings.Select(match =>
        {
            Assert.DoesNotMatch(@"(?<!\$)(\$\$)*\$\{|(?<!%)(%%)*%\{", match.Value);
            return JsonSerializer.Deserialize<string>(match.Value)!.Replace("$${", "${", StringComparison.Ordinal).Replace("%%{", "%{", StringComparison.Ordinal);
        });
    }

    private static Regex TerraformMember(string name) => new($"^  {name} = (.+)$");

    [GeneratedRegex("""^resource "dns_(cname|txt|a|aaaa)_record(?:_set)?" "[A-Za-z0-9_]+" \{$""")]
    private static partial Regex TerraformHead();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex HclString();

    [GeneratedRegex("""^    (CNAME|TXT|A|AAAA)\(("(?:[^"\\]|\\.)*"), ("(?:[^"\\]|\\.)*"), TTL\(([0-9]+)\)\),?$""")]
    private static partial Regex DnsControlCall();

    [GeneratedRegex("\\s+")]
    private static partial Regex Blanks();
}
