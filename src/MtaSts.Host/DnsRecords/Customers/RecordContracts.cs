using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>One RRset of a domain on the wire. `wanted` and `observed` as in a zone file; `use`, `purpose`, `owner` and `state` are words of <see cref="RecordWords"/>.</summary>
/// <param name="Name">Owner, no final dot.</param>
/// <param name="Type">`CNAME`, `TXT`, `A`, `AAAA`, `CAA`.</param>
/// <param name="Ttl">Seconds; 0: no matter.</param>
/// <param name="Wanted">Empty: is to be gone.</param>
/// <param name="Observed">What the servers gave, each thing once.</param>
/// <param name="State">How far it is.</param>
/// <param name="Owner">Who sets it.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Use">Whether it has to be there.</param>
/// <param name="Since">Since when it is in this state; null: never looked at.</param>
/// <param name="NextAt">When it is looked at again.</param>
/// <param name="Servers">What each server gave.</param>
/// <param name="Problems">How it is wrong; of a record that is right, what is worth a look.</param>
internal sealed record RecordResource(
    string Name,
    string Type,
    int Ttl,
    IReadOnlyList<string> Wanted,
    IReadOnlyList<string> Observed,
    [property: OneOf("ok", "optional", "missing", "wrong", "remove", "unknown", "absent", "waitingForHttps", "publishing", "verifying", "live", "drift", "failed", "removing")] string State,
    [property: OneOf("customer", "provider")] string Owner,
    [property: OneOf("host", "policyId", "reports", "challenge", "proof")] string Purpose,
    [property: OneOf("needed", "alternative", "optional")] string Use,
    DateTimeOffset? Since,
    DateTimeOffset? NextAt,
    IReadOnlyList<ServerObservation> Servers,
    IReadOnlyList<RecordProblem> Problems);

/// <summary>A look as the store keeps it.</summary>
/// <param name="Items">The customer's records.</param>
/// <param name="PolicyId">The id that the customer's own TXT record gives; null: none.</param>
/// <param name="PolicyIdState">The state of that record.</param>
/// <param name="PolicyIdSince">Since when it gives this id in this state.</param>
internal sealed record StoredLook(IReadOnlyList<RecordResource> Items, string? PolicyId = null, string? PolicyIdState = null, DateTimeOffset? PolicyIdSince = null)
{
    /// <summary>A CNAME to the tenant's own label, or his TXT, is there. Whether it proves anything is for <see cref="Domains.Ownership"/> to say.</summary>
    [JsonIgnore]
    public bool ShowsProof => Items.Any(item => item.State == "ok" && (item.Purpose == RecordWords.Of(RecordPurpose.Proof) || (item.Type == "CNAME" && item.Purpose == RecordWords.Of(RecordPurpose.PolicyId))));
}

/// <summary>The list outside the API: the same JSON.</summary>
internal static class RecordsJsonText
{
    private static readonly JsonSerializerOptions AsTheApi = MakeOptions();

    public static string Of(IReadOnlyList<RecordResource> items) => JsonSerializer.Serialize(new Page<RecordResource>(items, null), AsTheApi.GetTypeInfo(typeof(Page<RecordResource>)));

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = RecordsJson.Default };
        ApiJsonSetup.Configure(options);
        return options;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Page<RecordResource>))]
[JsonSerializable(typeof(StoredLook))]
internal sealed partial class RecordsJson : JsonSerializerContext;
