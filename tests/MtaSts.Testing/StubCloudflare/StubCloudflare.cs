using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MtaSts.Testing;

/// <summary>
/// Not Cloudflare: a stub of the project's own, made after their public documentation of list and batch of DNS records. On http at 127.0.0.1, in the test
/// process. Strict about what it takes; a batch is done whole or not at all. Safe from any thread.
/// </summary>
public sealed class StubCloudflare : IAsyncDisposable
{
    public const string ZoneId = "0123456789abcdef0123456789abcdef";
    public const string Token = "stub-token-that-nobody-must-ever-read-in-a-log";

    private const int MostOperations = 200;
    private static readonly string[] ListParameters = ["page", "per_page", "name.exact", "type"];

    private readonly Lock _lock = new();
    private readonly List<StubCloudflareRecord> _records = [];
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<Func<HttpContext, Task>> _failures = new();
    private readonly WebApplication _app;
    private Action? _afterNextList;

    private StubCloudflare()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>For `Dns:Cloudflare:Url`.</summary>
    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/client/v4";

    /// <summary>As many records a page at most, whatever is asked for.</summary>
    public int LargestPage { get; set; } = 5000;

    /// <summary>Contents that no record may have: error 9005.</summary>
    public string? Refused { get; set; }

    /// <summary>As many records may the zone have: error 81045.</summary>
    public int MostRecords { get; set; } = int.MaxValue;

    /// <summary>What a batch does happens, and then its connection is cut.</summary>
    public bool LosesBatchAnswers { get; set; }

    /// <summary>Runs once, after the next list is answered: what somebody else changes in between.</summary>
    public Action? AfterNextList
    {
        get => _afterNextList;
        set => _afterNextList = value;
    }

    /// <summary>In the order of their ids.</summary>
    public IReadOnlyList<StubCloudflareRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>Method and path with query, in the order of their arrival.</summary>
    public IReadOnlyCollection<string> Requests => _requests;

    public string? LatestUserAgent { get; private set; }

    public static async Task<StubCloudflare> StartAsync()
    {
        StubCloudflare stub = new();
        await stub._app.StartAsync();
        return stub;
    }

    /// <summary>Puts a record there by hand, also one that the API would refuse.</summary>
    public void Add(string name, string type, string content, int ttl = 300, bool proxied = false)
    {
        lock (_lock)
        {
            _records.Add(new StubCloudflareRecord(NewId(), name, type, content, ttl, proxied));
        }
    }

    /// <summary>Takes all records away.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _records.Clear();
        }
    }

    /// <summary>The next request meets this instead; one after the other.</summary>
    public void FailNext(int status, string body, params (string Name, string Value)[] headers) => _failures.Enqueue(async context =>
    {
        foreach ((string name, string value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        context.Response.StatusCode = status;
        await context.Response.WriteAsync(body);
    });

    /// <summary>The next request's connection is cut before anything is done.</summary>
    public void CutNext() => _failures.Enqueue(context =>
    {
        context.Abort();
        return Task.CompletedTask;
    });

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static string NewId() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private async Task HandleAsync(HttpContext context)
    {
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        LatestUserAgent = context.Request.Headers.UserAgent;
        if (_failures.TryDequeue(out var fail))
        {
            await fail(context);
            return;
        }

        JsonObject answer;
        try
        {
            answer = await AnswerAsync(context.Request);
        }
        catch (StubCloudflareRefusal refusal)
        {
            context.Response.StatusCode = refusal.Status;
            await WriteAsync(context, new JsonObject
            {
                ["success"] = false,
                ["errors"] = new JsonArray(new JsonObject { ["code"] = refusal.Code, ["message"] = refusal.Message }),
                ["messages"] = new JsonArray(),
                ["result"] = null,
            });
            return;
        }

        if (LosesBatchAnswers && HttpMethods.IsPost(context.Request.Method))
        {
            context.Abort();
            return;
        }

        answer["success"] = true;
        answer["errors"] = new JsonArray();
        answer["messages"] = new JsonArray();
        await WriteAsync(context, answer);
    }

    private static Task WriteAsync(HttpContext context, JsonObject answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString());
    }

    private async Task<JsonObject> AnswerAsync(HttpRequest request)
    {
        if (request.Headers.Authorization != $"Bearer {Token}")
        {
            throw new StubCloudflareRefusal(403, 10000, "Authentication error");
        }

        const string records = $"/client/v4/zones/{ZoneId}/dns_records";
        return (request.Method, request.Path.Value) switch
        {
            ("GET", records) => List(request.Query),
            ("POST", records + "/batch") => Batch(await ReadAsync(request)),
            _ => throw new StubCloudflareRefusal(404, 7003, $"Could not route to {request.Path}, perhaps your object identifier is invalid?"),
        };
    }

    private static async Task<JsonObject> ReadAsync(HttpRequest request)
    {
        if (request.ContentType != "application/json")
        {
            throw new StubCloudflareRefusal(400, 6003, "Invalid request headers");
        }

        return await JsonNode.ParseAsync(request.Body) as JsonObject ?? throw new StubCloudflareRefusal(400, 9207, "Request body is invalid.");
    }

    private JsonObject List(IQueryCollection query)
    {
        if (query.Keys.Except(ListParameters).Any())
        {
            throw new StubCloudflareRefusal(400, 9208, "Unknown parameter");
        }

        int perPage = Math.Min(LargestPage, int.Parse(query["per_page"].ToString(), CultureInfo.InvariantCulture));
        int page = int.Parse(query["page"].ToString(), CultureInfo.InvariantCulture);
        List<StubCloudflareRecord> found = [.. Records.Where(record =>
            (!query.TryGetValue("name.exact", out var name) || record.Name == name) && (!query.TryGetValue("type", out var type) || record.Type == type))];
        Interlocked.Exchange(ref _afterNextList, null)?.Invoke();
        return new JsonObject
        {
            ["result"] = new JsonArray([.. found.Skip((page - 1) * perPage).Take(perPage).Select(Json)]),
            ["result_info"] = new JsonObject
            {
                ["page"] = page,
                ["per_page"] = perPage,
                ["total_count"] = found.Count,
                ["total_pages"] = (found.Count + perPage - 1) / perPage,
            },
        };
    }

    private static JsonObject Json(StubCloudflareRecord record)
    {
        JsonObject json = new()
        {
            ["id"] = record.Id,
            ["name"] = record.Name,
            ["type"] = record.Type,
            ["content"] = record.Content,
            ["ttl"] = record.Ttl,
            ["proxied"] = record.Proxied,
            ["proxiable"] = record.Type is "A" or "AAAA" or "CNAME",
            ["settings"] = new JsonObject(),
        };
        if (record.Type == "CAA" && record.Content.Split(' ', 3) is [var flags, var tag, var value])
        {
            json["data"] = new JsonObject { ["flags"] = int.Parse(flags, CultureInfo.InvariantCulture), ["tag"] = tag, ["value"] = value.Trim('"') };
        }

        return json;
    }

    // All on a copy, which takes the place of the records only when nothing was refused.
    private JsonObject Batch(JsonObject body)
    {
        lock (_lock)
        {
            if (body.Any(member => member.Key is not ("deletes" or "patches" or "puts" or "posts") || member.Value is not JsonArray))
            {
                throw new StubCloudflareRefusal(400, 9207, "Request body is invalid.");
            }

            List<JsonObject> deletes = Items(body, "deletes"), patches = Items(body, "patches"), posts = Items(body, "posts");
            if (deletes.Count + patches.Count + posts.Count is 0 or > MostOperations)
            {
                throw new StubCloudflareRefusal(400, 81065, "The number of operations in the batch is out of bounds.");
            }

            List<StubCloudflareRecord> next = [.. _records];
            foreach (JsonObject delete in deletes)
            {
                next.RemoveAt(IndexOf(next, delete));
            }

            foreach (JsonObject patch in patches)
            {
                int at = IndexOf(next, patch);
                StubCloudflareRecord old = next[at];
                next.RemoveAt(at);
                next.Insert(at, Checked(next, patch, old));
            }

            foreach (JsonObject post in posts)
            {
                if (post.ContainsKey("id"))
                {
                    throw new StubCloudflareRefusal(400, 9207, "Request body is invalid.");
                }

                next.Add(Checked(next, post, new StubCloudflareRecord(NewId(), "", "", "", 1)));
            }

            if (next.Count > MostRecords)
            {
                throw new StubCloudflareRefusal(400, 81045, "The record quota has been exceeded.");
            }

            _records.Clear();
            _records.AddRange(next);
            return new JsonObject { ["result"] = new JsonObject() };
        }
    }

    private static List<JsonObject> Items(JsonObject body, string name) => [.. (body[name] as JsonArray ?? []).Select(item => item as JsonObject ?? throw new StubCloudflareRefusal(400, 9207, "Request body is invalid."))];

    private static int IndexOf(List<StubCloudflareRecord> records, JsonObject item) =>
        records.FindIndex(record => record.Id == item["id"]?.GetValue<string>()) is >= 0 and var at ? at : throw new StubCloudflareRefusal(404, 81044, "Record does not exist.");

    private StubCloudflareRecord Checked(List<StubCloudflareRecord> others, JsonObject item, StubCloudflareRecord old)
    {
        if (item.Any(member => member.Key is not ("id" or "name" or "type" or "content" or "ttl" or "proxied" or "data")))
        {
            throw new StubCloudflareRefusal(400, 9207, "Request body is invalid.");
        }

        StubCloudflareRecord record = old with
        {
            Name = item["name"]?.GetValue<string>() ?? old.Name,
            Type = item["type"]?.GetValue<string>() ?? old.Type,
            Content = item["content"]?.GetValue<string>() ?? old.Content,
            Ttl = item["ttl"]?.GetValue<int>() ?? old.Ttl,
            Proxied = item["proxied"]?.GetValue<bool>() ?? old.Proxied,
        };
        if (item["data"] is JsonObject data)
        {
            record = record.Type == "CAA" ? record with { Content = $"{data["flags"]!.GetValue<int>()} {data["tag"]!.GetValue<string>()} \"{data["value"]!.GetValue<string>()}\"" }
                : throw new StubCloudflareRefusal(400, 9101, "data is not for this type.");
        }

        if (record is { Ttl: not 1 and (< 60 or > 86400) })
        {
            throw new StubCloudflareRefusal(400, 9021, "Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.");
        }

        bool isGood = record.Type switch
        {
            "TXT" => record.Content.StartsWith('"') && record.Content.EndsWith('"'),
            "A" => IPAddress.TryParse(record.Content, out var v4) && v4.ToString() == record.Content,
            "AAAA" => IPAddress.TryParse(record.Content, out _) && record.Content.Contains(':', StringComparison.Ordinal),
            "CAA" => record.Content.Length > 0,
            _ => false,
        };
        if (!isGood || record.Name.Length == 0 || record.Name.EndsWith('.') || record.Content == Refused)
        {
            throw new StubCloudflareRefusal(400, 9005, $"Content for {record.Type} record is invalid.");
        }

        return others.Exists(other => (other.Name, other.Type, other.Content) == (record.Name, record.Type, record.Content))
            ? throw new StubCloudflareRefusal(400, 81058, "An identical record already exists.")
            : record;
    }

    private sealed class StubCloudflareRefusal(int status, int code, string message) : Exception(message)
    {
        public int Status => status;

        public int Code => code;
    }
}
