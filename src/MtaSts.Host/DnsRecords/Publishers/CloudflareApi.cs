using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>Cloudflare's API v4, as far as records of one zone need it: its envelope, its errors, its limits. Safe from all threads.</summary>
internal sealed class CloudflareApi : IDisposable
{
    // 1,200 requests in 5 minutes for a user, however he asks: some are left to him. What was saved up and what comes in 5 minutes stay below that.
    private const double MostAtOnce = 200;
    private const double PerSecond = 3;

    private const int MostPages = 100;

    // Their block, where an answer does not tell how long it is.
    private static readonly TimeSpan Block = TimeSpan.FromMinutes(5);

    // Invalid headers (a token that is none), invalid token, no right for it, an IP address that it is not for.
    private static readonly int[] KeyErrors = [6003, 6111, 9103, 9106, 9109, 10000, 10001];
    private static readonly int[] ZoneErrors = [1001, 7000, 7003];
    private const int QuotaError = 81045;

    // Does not exist, exists already, identical one exists.
    private static readonly int[] OutdatedErrors = [81044, 81057, 81058];

    private readonly PublisherHttp _http;
    private readonly RequestAllowance _allowance;
    private readonly string _records;
    private readonly string _token;

    public CloudflareApi(IOptions<DnsOptions> options, TimeProvider clock, TimeSpan? patience = null)
    {
        var settings = options.Value.Cloudflare;
        _token = settings.ApiToken;
        _http = patience is { } time ? new PublisherHttp("Cloudflare", _token, clock) { Patience = time } : new PublisherHttp("Cloudflare", _token, clock);
        _allowance = new RequestAllowance(clock, MostAtOnce, PerSecond);
        _records = $"{settings.Url.TrimEnd('/')}/zones/{settings.ZoneId}/dns_records";
    }

    /// <summary>All records that <paramref name="filter"/> (a query, `&amp;` in front of each part) leaves, of all pages.</summary>
    /// <exception cref="DnsPublishException">They cannot be had.</exception>
    public async Task<List<CloudflareRecord>> ListAsync(string filter, int perPage, CancellationToken cancellationToken)
    {
        var records = new List<CloudflareRecord>();
        await foreach (var page in PagesAsync(filter, perPage, cancellationToken))
        {
            records.AddRange(page);
        }

        return records;
    }

    /// <summary>The same, page by page.</summary>
    public async IAsyncEnumerable<IEnumerable<CloudflareRecord>> PagesAsync(string filter, int perPage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var page = 1; page <= MostPages; page++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"{_records}?page={page}&per_page={perPage}{filter}");
            var answer = await SendAsync(request, CloudflareJson.Default.CloudflareList, cancellationToken);
            if (!answer.Success || answer.Result is not { } result)
            {
                throw Refusal(answer.Errors);
            }

            yield return result.Where(record => record is { Id: not null, Name: not null, Type: not null });
            if (page >= (answer.ResultInfo?.TotalPages ?? 1))
            {
                yield break;
            }
        }

        throw new DnsPublishException(PublisherCodes.Quota, $"The zone at Cloudflare has more than {MostPages} pages of records, which is too many for this publisher: use a zone that holds nothing else.");
    }

    /// <summary>All of it in one transaction of theirs, or nothing.</summary>
    /// <returns>False: nothing was done, because somebody has changed a record since it was looked at.</returns>
    /// <exception cref="DnsPublishException">Transient: it is not known whether it was done, or nothing can be done at all. Else nothing was done, because of what one of the records is.</exception>
    public async Task<bool> BatchAsync(CloudflareBatch batch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _records + "/batch");
        request.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(batch, CloudflareJson.Default.CloudflareBatch))
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        var answer = await SendAsync(request, CloudflareJson.Default.CloudflareDone, cancellationToken);
        return answer.Success
            || (answer.Errors!.Any(error => OutdatedErrors.Contains(error.Code)) ? false
                : throw new DnsPublishException(PublisherCodes.Record, $"Cloudflare refuses it: {Text(answer.Errors)}", isTransient: false));
    }

    public void Dispose() => _http.Dispose();

    private async Task<T> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : CloudflareAnswer
    {
        if (!_allowance.TryTake(out var wait))
        {
            throw new DnsPublishException(PublisherCodes.Limited, "Cloudflare may not be asked more often now: 1,200 requests in 5 minutes are its limit for a user, of which this service uses 1,100.", retryAfter: wait);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        PublisherAnswer answer;
        try
        {
            answer = await _http.SendAsync(request, cancellationToken);
        }
        catch (DnsPublishException limited) when (limited.Code == PublisherCodes.Limited)
        {
            var pause = limited.RetryAfter ?? Block;
            _allowance.Pause(pause);
            throw new DnsPublishException(limited.Code, limited.Message, retryAfter: pause, inner: limited);
        }

        try
        {
            var read = JsonSerializer.Deserialize(answer.Body, type) ?? throw _http.NoAnswerOfIts();
            // Of a batch's refusal its sender knows more.
            return read.Success || !IsGeneral(answer.Status, read.Errors) ? read : throw Refusal(read.Errors, answer.Status);
        }
        catch (JsonException exception)
        {
            throw _http.NoAnswerOfIts(exception);
        }
    }

    private static bool IsGeneral(int status, IReadOnlyList<CloudflareError>? errors) =>
        errors is not { Count: > 0 } || status is 401 or 403 || (status == 404 && !errors.Any(error => OutdatedErrors.Contains(error.Code))) || errors.Any(error => KeyErrors.Contains(error.Code) || ZoneErrors.Contains(error.Code) || error.Code == QuotaError);

    private DnsPublishException Refusal(IReadOnlyList<CloudflareError>? errors, int status = 200)
    {
        var codes = (errors ?? []).Select(error => error.Code).ToList();
        return codes.Contains(QuotaError) ? new DnsPublishException(PublisherCodes.Quota, "The zone at Cloudflare may have no more records (81045): its plan limits them.")
            : status is 401 or 403 || codes.Exists(KeyErrors.Contains) ? new DnsPublishException(
                PublisherCodes.Key, $"Cloudflare refuses the token ({Text(errors)}): Dns:Cloudflare:ApiToken must be a token that is not expired and may edit DNS (Zone, DNS, Edit) in the zone Dns:Cloudflare:ZoneId.")
            : status == 404 || codes.Exists(ZoneErrors.Contains) ? new DnsPublishException(
                PublisherCodes.Zone, $"Cloudflare knows no such zone ({Text(errors)}): Dns:Cloudflare:ZoneId must be the id that its overview page shows.")
            : new DnsPublishException(PublisherCodes.Answer, $"Cloudflare refuses the request: {Text(errors)}.");
    }

    private string Text(IReadOnlyList<CloudflareError>? errors) =>
        errors is not { Count: > 0 } ? "without a reason" : _http.Quote(string.Join("; ", errors.Take(3).Select(error => $"{error.Message} ({error.Code})")));
}

internal record CloudflareAnswer(bool Success, IReadOnlyList<CloudflareError>? Errors);

internal sealed record CloudflareError(int Code, string? Message);

internal sealed record CloudflareList(bool Success, IReadOnlyList<CloudflareError>? Errors, IReadOnlyList<CloudflareRecord>? Result, [property: JsonPropertyName("result_info")] CloudflarePage? ResultInfo)
    : CloudflareAnswer(Success, Errors);

internal sealed record CloudflarePage([property: JsonPropertyName("total_pages")] int TotalPages);

/// <summary>What a batch answers besides its success is not needed.</summary>
internal sealed record CloudflareDone(bool Success, IReadOnlyList<CloudflareError>? Errors) : CloudflareAnswer(Success, Errors);

/// <summary>One record of theirs; in a batch only what is to be. `content` is as in a zone file, but for CAA, where `data` counts.</summary>
internal sealed record CloudflareRecord(string? Id, string? Name, string? Type, string? Content, int? Ttl, bool? Proxied, CloudflareCaa? Data);

internal sealed record CloudflareCaa(int? Flags, string? Tag, string? Value);

internal sealed record CloudflareId(string Id);

/// <summary>Done in this order, whatever the order here is: deletes, patches, posts.</summary>
internal sealed record CloudflareBatch(IReadOnlyList<CloudflareId> Deletes, IReadOnlyList<CloudflareRecord> Patches, IReadOnlyList<CloudflareRecord> Posts)
{
    [JsonIgnore]
    public int Count => Deletes.Count + Patches.Count + Posts.Count;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CloudflareList))]
[JsonSerializable(typeof(CloudflareDone))]
[JsonSerializable(typeof(CloudflareBatch))]
internal sealed partial class CloudflareJson : JsonSerializerContext;
