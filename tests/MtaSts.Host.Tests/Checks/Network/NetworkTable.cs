using System.Text.Json;
using System.Text.Json.Serialization;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>`cases.json`: the servers of the test network, and domains with one fault each.</summary>
/// <param name="Web">Addresses at which nginx gives the policies of all cases, unless a case says otherwise.</param>
/// <param name="MailServers">Each is `NAME.mx.test` too.</param>
/// <param name="MailZone">Further records of `mx.test`.</param>
/// <param name="Listeners">What else listens.</param>
/// <param name="NotHere">Codes that no case can have, and why.</param>
/// <param name="Cases">The domains.</param>
internal sealed record NetworkTable(
    IReadOnlyList<string> Web,
    IReadOnlyList<TableMailServer> MailServers,
    IReadOnlyList<string> MailZone,
    IReadOnlyList<TableListener> Listeners,
    IReadOnlyDictionary<string, string> NotHere,
    IReadOnlyList<NetworkCase> Cases)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static string Folder => Path.Combine(Repository.Top, "tests", "MtaSts.Host.Tests", "Checks", "Network");

    public static NetworkTable Read() => JsonSerializer.Deserialize<NetworkTable>(File.ReadAllText(Path.Combine(Folder, "cases.json")), Strict)!;
}

/// <param name="Name">`NAME.mx.test`.</param>
/// <param name="Address">Where it listens, at port 25.</param>
/// <param name="Program">`postfix`, `aiosmtpd`, or a listener of `servers.py`; null: nobody listens.</param>
/// <param name="Certificate">See <see cref="NetworkCertificates"/>; null: no TLS.</param>
/// <param name="Names">Further names for the certificate.</param>
/// <param name="Settings">Of Postfix, for this address alone.</param>
internal sealed record TableMailServer(
    string Name, string Address, string? Program = null, string? Certificate = null, IReadOnlyList<string>? Names = null, IReadOnlyList<string>? Settings = null);

/// <summary>A listener of `servers.py`.</summary>
internal sealed record TableListener(string Address, int Port, string Program);

/// <summary>What nginx does for one domain.</summary>
/// <param name="At">Addresses; null: those of the domain's policy host.</param>
/// <param name="Location">Inside of the policy's location, `FOLDER` for that of the files; null: it gives the policy.</param>
/// <param name="Server">Further lines for the server.</param>
/// <param name="Certificate">See <see cref="NetworkCertificates"/>.</param>
internal sealed record TableWeb(IReadOnlyList<string>? At = null, string? Location = null, string? Server = null, string Certificate = "good");

/// <summary>One domain, `NAME.test`: how it is set up, and what has to be found. Everything left out is as it should be.</summary>
/// <param name="Name">Its label.</param>
/// <param name="What">What is wrong with it.</param>
/// <param name="Advisories">`CODE SUBJECT` of all that the check says, and nothing else; `@` at the end stands for the domain.</param>
internal sealed record NetworkCase(string Name, string What, IReadOnlyList<string> Advisories)
{
    /// <summary>A kind of fault that has to be in the table.</summary>
    public string? Fault { get; init; }

    /// <summary>It takes its time: it is begun before the others.</summary>
    public bool Slow { get; init; }

    /// <summary>TXT records at `_mta-sts`.</summary>
    public IReadOnlyList<string> Sts { get; init; } = ["\"v=STSv1; id=1;\""];

    /// <summary>TXT records at `_smtp._tls`.</summary>
    public IReadOnlyList<string> TlsRpt { get; init; } = ["\"v=TLSRPTv1; rua=mailto:reports@mx.test\""];

    /// <summary>Addresses of the policy host.</summary>
    public IReadOnlyList<string> Host { get; init; } = ["11.0.80.1"];

    /// <summary>Mail servers by preference: names in `mx.test`, or whole ones with a dot.</summary>
    public IReadOnlyList<string> Mx { get; init; } = ["good"];

    /// <summary>Further records, as in a zone file.</summary>
    public IReadOnlyList<string> Zone { get; init; } = [];

    /// <summary>The zone as ns2.dns.test has it: TXT records at `_mta-sts` there; null: it has no such zone.</summary>
    public IReadOnlyList<string>? SecondSts { get; init; }

    /// <summary>The same for `_smtp._tls`.</summary>
    public IReadOnlyList<string>? SecondTlsRpt { get; init; }

    /// <summary>The zone as the resolver remembers it: TXT records at `_mta-sts`; null: it remembers nothing.</summary>
    public IReadOnlyList<string>? RememberedSts { get; init; }

    /// <summary>The resolver holds a key for the zone: `good`, the zone is signed with it; `missing`, it is not signed.</summary>
    public string? Dnssec { get; init; }

    /// <summary>A text that stands in the signed zone, and one that is put there after it was signed.</summary>
    public IReadOnlyList<string>? Forged { get; init; }

    /// <summary>What nginx does otherwise.</summary>
    public IReadOnlyList<TableWeb> Web { get; init; } = [];

    /// <summary>Of the policy.</summary>
    public string Mode { get; init; } = "enforce";

    /// <summary>Of the policy; null: the names of the mail servers.</summary>
    public IReadOnlyList<string>? Patterns { get; init; }

    /// <summary>Of the policy.</summary>
    public int MaxAge { get; init; } = 1209600;

    /// <summary>The whole text; null: it is made of the others.</summary>
    public string? Policy { get; init; }

    /// <summary>Outcome now and in enforce; `-`: there is none.</summary>
    public string Verdict { get; init; } = "delivers delivers";

    /// <summary>Does a strict sender find a valid policy, as the check says?</summary>
    public bool Valid { get; init; } = true;

    /// <summary>What postfix-mta-sts-resolver finds: `VALID`, `NONE` or `FETCH_ERROR`.</summary>
    public string Resolver { get; init; } = "VALID";

    /// <summary>Why the two do not agree on «valid or not»; null: they do.</summary>
    public string? Why { get; init; }

    [JsonIgnore]
    public string Domain => $"{Name}.test";

    [JsonIgnore]
    public IEnumerable<string> MxNames => Mx.Select(name => name.Contains('.', StringComparison.Ordinal) ? name : $"{name}.mx.test");

    [JsonIgnore]
    public string Text => Policy ?? $"version: STSv1\r\nmode: {Mode}\r\n{string.Concat((Patterns ?? [.. MxNames]).Select(name => $"mx: {name}\r\n"))}max_age: {MaxAge}\r\n";
}
