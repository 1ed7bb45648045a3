using System.Globalization;
using System.Text;
using MtaSts.Dns;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What a customer has to set, as text for his tools. Whatever a record holds, it cannot leave its quotes. Pure.</summary>
internal static class RecordFormats
{
    public const string Zone = "zone";
    public const string Terraform = "terraform";
    public const string DnsControl = "dnscontrol";

    public static readonly string[] All = [Zone, Terraform, DnsControl];

    /// <exception cref="ArgumentException">No such format.</exception>
    public static string Write(string format, CustomerDomain domain, IReadOnlyList<CustomerRecord> records) => format switch
    {
        Zone => ZoneFile(domain, records),
        Terraform => TerraformFile(domain, Needed(records)),
        DnsControl => DnsControlFile(domain, Needed(records)),
        _ => throw new ArgumentException($"There is no format {format}.", nameof(format)),
    };

    private static List<CustomerRecord> Needed(IReadOnlyList<CustomerRecord> records) => [.. records.Where(record => record.Use != RecordUse.Alternative && record.Wanted.Count > 0)];

    private static string ZoneFile(CustomerDomain domain, IReadOnlyList<CustomerRecord> records)
    {
        var text = new StringBuilder($"; What {domain.Domain} has to set. Names are whole: keep their final dots.\n");
        foreach (var record in records.Where(record => record.Use != RecordUse.Alternative))
        {
            Lines(record, "");
        }

        if (domain is { Hold: { } hold, WantedId: null })
        {
            text.Append(CultureInfo.InvariantCulture, $"; No TXT at {domain.Domain.RecordName} yet ({hold.Code}): it is shown here when the policy may be announced.\n");
        }

        var others = records.Where(record => record.Use == RecordUse.Alternative && record.Wanted.Count > 0).ToList();
        if (others.Count > 0)
        {
            text.Append("; Only where a CNAME cannot be set, in its place:\n");
            others.ForEach(record => Lines(record, "; "));
        }

        return text.ToString();

        void Lines(CustomerRecord record, string prefix)
        {
            foreach (var data in record.Wanted)
            {
                text.Append(CultureInfo.InvariantCulture, $"{prefix}{record.Name}. {record.Ttl} IN {record.Type} {data}\n");
            }
        }
    }

    // Provider hashicorp/dns. It puts a text between quotes of a zone file itself.
    private static string TerraformFile(CustomerDomain domain, List<CustomerRecord> records)
    {
        var text = new StringBuilder($"# What {domain.Domain} has to set, for the provider hashicorp/dns. Where it has no zone of its own, put that zone's name for zone, and the rest of the name in front of it into name.\n");
        foreach (var record in records)
        {
            var (resource, member, value) = record.Type switch
            {
                "CNAME" => ("dns_cname_record", "cname", Hcl(record.Wanted[0])),
                "A" => ("dns_a_record_set", "addresses", HclList(record.Wanted)),
                "AAAA" => ("dns_aaaa_record_set", "addresses", HclList(record.Wanted)),
                _ => ("dns_txt_record_set", "txt", HclList(record.Wanted.Select(data => Escaped(DnsText.Joined(data))))),
            };
            var id = string.Concat(Relative(record, domain).Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
            text.Append(CultureInfo.InvariantCulture, $$"""

                resource "{{resource}}" "{{id}}" {
                  zone = {{Hcl(domain.Domain.Name + ".")}}
                  name = {{Hcl(Relative(record, domain))}}
                  {{member}} = {{value}}
                  ttl = {{record.Ttl}}
                }

                """);
        }

        return text.ToString();
    }

    private static string DnsControlFile(CustomerDomain domain, List<CustomerRecord> records)
    {
        var text = new StringBuilder($"// What {domain.Domain} has to set.\nD_EXTEND({Js(domain.Domain.Name)}");
        foreach (var record in records)
        {
            foreach (var data in record.Wanted)
            {
                text.Append(CultureInfo.InvariantCulture, $",\n    {record.Type}({Js(Relative(record, domain))}, {Js(record.Type == "TXT" ? DnsText.Joined(data) : data)}, TTL({record.Ttl}))");
            }
        }

        return text.Append("\n);\n").ToString();
    }

    private static string Relative(CustomerRecord record, CustomerDomain domain) => record.Name[..^(domain.Domain.Name.Length + 1)];

    private static string HclList(IEnumerable<string> values) => $"[{string.Join(", ", values.Select(Hcl))}]";

    // What stands between the quotes of one string, however long.
    private static string Escaped(string text) => DnsText.Quoted(Encoding.UTF8.GetBytes(text))[1..^1];

    // `${` and `%{` begin a template there.
    private static string Hcl(string text) => Quoted(text).Replace("${", "$${", StringComparison.Ordinal).Replace("%{", "%%{", StringComparison.Ordinal);

    private static string Js(string text) => Quoted(text);

    // Both languages know these escapes.
    private static string Quoted(string text)
    {
        var written = new StringBuilder("\"");
        foreach (var character in text)
        {
            written.Append(character switch
            {
                '"' or '\\' => $"\\{character}",
                < ' ' or > '~' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => character.ToString(),
            });
        }

        return written.Append('"').ToString();
    }
}
