using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// The HTTP API of PowerDNS: one PATCH of the zone for a batch, which its server makes whole or not at all. The serial is the server's (`SOA-EDIT-API`).
/// The zone is listed by its export, which is text that need not be whole in memory here.
/// Safe from all threads.
/// </summary>
internal sealed class PowerDnsPublisher : IDnsPublisher, IZoneListing, IDisposable
{
    private const int MostChanges = 200;

    private readonly PublisherHttp _http;
    private readonly PublisherHttp _listing;
    private readonly Uri _zone;
    private readonly string _key;
    private readonly string _zoneName;

    public PowerDnsPublisher(IOptions<DnsOptions> options, TimeProvider clock)
    {
        var settings = options.Value.PowerDns;
        (_key, _zoneName) = (settings.ApiKey, options.Value.Zone);
        _http = new PublisherHttp("PowerDNS", _key, clock);
        // PowerDNS gathers the whole zone before its first octet.
        _listing = new PublisherHttp("PowerDNS", _key, clock) { Patience = ListingLimits.Longest };
        // The path is taken away where there is one: an API behind a proxy lies below it.
        _zone = new Uri($"{settings.Url.TrimEnd('/')}/api/v1/servers/{Uri.EscapeDataString(settings.Server)}/zones/{Uri.EscapeDataString(_zoneName)}.");
    }

    public int LargestBatch => MostChanges;

    public void Dispose()
    {
        _http.Dispose();
        _listing.Dispose();
    }

    public async Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, _zone);
        request.Headers.TryAddWithoutValidation("X-API-Key", _key);
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(new PowerDnsPatch([.. changes.Select(RrSet)]), PowerDnsJson.Default.PowerDnsPatch))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        var answer = await _http.SendAsync(request, cancellationToken);
        switch (answer.Status)
        {
            case 200 or 204:
                return;
            case 401 or 403 or 404:
                throw Refusal(answer.Status);
            case 400 or 422:
                var reason = Error(answer);
                // Versions before 4.8 say it with this status.
                if (reason.StartsWith("Could not find domain", StringComparison.OrdinalIgnoreCase))
                {
                    throw NoZone();
                }

                // All or nothing: the sender finds out which it is by halves.
                throw new DnsPublishException(PublisherCodes.Record, $"PowerDNS refuses it: {_http.Quote(reason)}", isTransient: false);
            default:
                throw _http.NoAnswerOfIts();
        }
    }

    public async IAsyncEnumerable<ListedRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _zone + "/export");
        request.Headers.TryAddWithoutValidation("X-API-Key", _key);
        // Else it is one JSON text.
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain"));
        await foreach (var line in _listing.ReadLinesAsync(request, Refusal, cancellationToken))
        {
            // name, TTL, class, type, data
            yield return line.Split('\t', 5) is [var name, _, "IN", var type, var data] ? new ListedRecord(ListedRecord.NameOf(name), type, data) : throw _http.NoAnswerOfIts();
        }
    }

    private DnsPublishException Refusal(int status) => status switch
    {
        401 or 403 => new DnsPublishException(
            PublisherCodes.Key, $"PowerDNS refuses the key ({status}): Dns:PowerDns:ApiKey must be its api-key, and its webserver-allow-from must hold this machine's address."),
        404 => NoZone(),
        _ => _http.NoAnswerOfIts(),
    };

    private DnsPublishException NoZone() => new(
        PublisherCodes.Zone, $"PowerDNS has no zone {_zoneName} (404): make it there (pdnsutil create-zone {_zoneName}), or correct Dns:Zone and Dns:PowerDns:Server.");

    private string Error(PublisherAnswer answer)
    {
        try
        {
            return JsonSerializer.Deserialize(answer.Body, PowerDnsJson.Default.PowerDnsError)?.Error ?? "";
        }
        catch (JsonException exception)
        {
            throw _http.NoAnswerOfIts(exception);
        }
    }

    private static PowerDnsRrSet RrSet(RecordChange change) => change.Data.Count == 0
        ? new PowerDnsRrSet(change.Name + ".", change.Type, null, "DELETE", null)
        : new PowerDnsRrSet(change.Name + ".", change.Type, change.Ttl, "REPLACE", [.. change.Data.Distinct().Select(data => new PowerDnsRecord(data, false))]);
}

internal sealed record PowerDnsPatch([property: JsonPropertyName("rrsets")] IReadOnlyList<PowerDnsRrSet> RrSets);

internal sealed record PowerDnsRrSet(string Name, string Type, int? Ttl, [property: JsonPropertyName("changetype")] string ChangeType, IReadOnlyList<PowerDnsRecord>? Records);

internal sealed record PowerDnsRecord(string Content, bool Disabled);

internal sealed record PowerDnsError(string? Error);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PowerDnsPatch))]
[JsonSerializable(typeof(PowerDnsError))]
internal sealed partial class PowerDnsJson : JsonSerializerContext;
