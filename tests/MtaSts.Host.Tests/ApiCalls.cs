using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>What the API answered, read to its end.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, HttpResponseHeaders Headers, string? MediaType, string Text)
{
    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>`code` of a problem document.</summary>
    public string Code => Json.GetProperty("code").GetString()!;

    /// <summary>`code field` of each error, sorted.</summary>
    public IEnumerable<string> Errors => Json.GetProperty("errors").EnumerateArray()
        .Select(error => $"{error.GetProperty("code").GetString()} {error.GetProperty("field").GetString()}")
        .Order(StringComparer.Ordinal);

    public string? ETag => Headers.ETag?.ToString();

    public string[] Items(string member) => [.. Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty(member).GetString()!)];

    public string Member(string name) => Json.GetProperty(name).GetString()!;

    public ApiAnswer Is(HttpStatusCode status)
    {
        Assert.True(Status == status, $"Expected {(int)status}, got {(int)Status}: {Text}");
        return this;
    }

    /// <summary>A problem document (RFC 9457) with this status and code.</summary>
    public ApiAnswer IsProblem(HttpStatusCode status, string code)
    {
        Is(status);
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal((int)status, Json.GetProperty("status").GetInt32());
        Assert.Equal("about:blank", Member("type"));
        Assert.NotEmpty(Member("title"));
        Assert.NotEmpty(Member("detail"));
        Assert.Equal(code, Code);
        return this;
    }

    public ApiAnswer IsInvalid(params string[] errors)
    {
        IsProblem(HttpStatusCode.UnprocessableEntity, "input.invalid");
        Assert.Equal(errors.Order(StringComparer.Ordinal), Errors);
        return this;
    }
}

internal static class ApiCalls
{
    /// <summary>One request; a <paramref name="body"/> that is a string or bytes goes out as it is, all else as JSON.</summary>
    public static async Task<ApiAnswer> CallAsync(
        this HttpClient client, string method, string path, object? body = null, string? ifMatch = null, string mediaType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body switch
            {
                byte[] bytes => bytes,
                string text => Encoding.UTF8.GetBytes(text),
                _ => JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web),
            });
            request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        }

        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new ApiAnswer(
            response.StatusCode, response.Headers, response.Content.Headers.ContentType?.MediaType,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public static Task<ApiAnswer> GetAnswerAsync(this HttpClient client, string path) => client.CallAsync("GET", path);

    public static object Policy(string mode = "testing", int maxAge = 604800, params string[] mx) =>
        new { mode, mx = mx.Length == 0 ? ["mail.example.com"] : mx, maxAge };

    public static object Put(string? tenant = "acme", string mode = "testing", int maxAge = 604800, params string[] mx) =>
        new { tenant, policy = Policy(mode, maxAge, mx) };

    /// <summary>All pages of a list; <paramref name="between"/> runs after each page.</summary>
    public static async Task<List<JsonElement>> WalkAsync(this HttpClient client, string path, int limit, Func<int, Task>? between = null)
    {
        var items = new List<JsonElement>();
        string? next = null;
        for (var page = 1; page == 1 || next is not null; page++)
        {
            Assert.True(page < 1000, "The cursor runs in a circle.");
            var separator = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            var answer = await client.GetAnswerAsync($"{path}{separator}limit={limit}{(next is null ? "" : $"&after={next}")}");
            answer.Is(HttpStatusCode.OK);
            items.AddRange(answer.Json.GetProperty("items").EnumerateArray());
            next = answer.Json.GetProperty("next").GetString();
            if (between is not null)
            {
                await between(page);
            }
        }

        return items;
    }
}
