using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace MtaSts.Host.Tests.Domains;

/// <summary>What a body may be, and that nothing is changed by one that is refused.</summary>
public sealed class DomainBodyTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private const string Good = """{"tenant":"TENANT","policy":{"mode":"testing","mx":["mail.example.com"],"maxAge":604800}}""";

    /// <summary>Bodies that are no JSON (400).</summary>
    public static TheoryData<string, string> NotJson => new()
    {
        { "empty", "" },
        { "word", "policy" },
        { "cut", Good[..^1] },
        { "two values", Good + Good },
        { "comment", "/* */" + Good },
        { "trailing comma", Good[..^1] + ",}" },
        { "single quotes", "{'tenant':'TENANT'}" },
        { "NaN", Good.Replace("604800", "NaN", StringComparison.Ordinal) },
        { "raw control character", Good.Replace("mail.", "mail\n.", StringComparison.Ordinal) },
        { "duplicate member", Good[..^1] + ",\"tenant\":\"TENANT\"}" },
        { "duplicate member, escaped", Good[..^1] + ",\"\\u0074enant\":\"TENANT\"}" },
        { "duplicate member inside", Good.Replace("\"maxAge\"", "\"mode\":\"testing\",\"maxAge\"", StringComparison.Ordinal) },
        { "duplicate unknown member inside an array", """{"x":[{"a":1,"a":1}]}""" },
        { "lone surrogate in a value", Good.Replace("mail.", "\\ud800.", StringComparison.Ordinal) },
        { "lone surrogate in a name", Good[..^1] + ",\"\\udc00\":1}" },
        { "deep nesting", new string('[', 5000) + new string(']', 5000) },
    };

    /// <summary>Bodies that are JSON and wrong (422), with all that is wrong.</summary>
    public static TheoryData<string, string[]> Wrong => new()
    {
        { "{}", ["field.missing policy", "field.missing tenant"] },
        { """{"tenant":5,"policy":"testing"}""", ["field.type policy", "field.type tenant"] },
        { """{"tenant":"nobody","policy":{}}""", ["field.missing policy.maxAge", "field.missing policy.mode", "tenant.unknown tenant"] },
        { """{"tenant":"TENANT","policy":{"mode":"testing"}}""", ["field.missing policy.maxAge", "field.missing policy.mx"] },
        { """{"tenant":"TENANT","policy":{"mode":"report","mx":["a.example"],"maxAge":1,"x":1},"Policy":{}}""", ["field.unknown Policy", "field.unknown policy.x", "mode.value policy.mode"] },
        { """{"tenant":"TENANT","policy":{"mode":"Testing","mx":["a.example"],"maxAge":1}}""", ["mode.value policy.mode"] },
        { """{"tenant":"TENANT","policy":{"mode":true,"mx":"a.example","maxAge":"1"}}""", ["field.type policy.maxAge", "field.type policy.mode", "field.type policy.mx"] },
        { """{"tenant":"TENANT","policy":{"mode":"testing","mx":["a.example",null],"maxAge":1.5}}""", ["field.type policy.maxAge", "field.type policy.mx"] },
        { """{"tenant":"TENANT","policy":{"mode":"testing","mx":[["a.example"]],"maxAge":1e400}}""", ["field.type policy.maxAge", "field.type policy.mx"] },
        { """{"tenant":"TENANT","policy":{"mode":"testing","mx":[],"maxAge":-1}}""", ["max_age.range policy.maxAge", "mx.missing policy.mx"] },
        { """{"tenant":"TENANT","policy":{"mode":"enforce","mx":["a.example"],"maxAge":31557601}}""", ["max_age.range policy.maxAge"] },
        { """{"tenant":"TENANT","policy":{"mode":"enforce","mx":["a.example"],"maxAge":99999999999999999999999999}}""", ["field.type policy.maxAge"] },
        { """{"tenant":"TENANT","template":"google"}""", ["template.unknown template"] },
        { """{"tenant":"TENANT","tlsRpt":{},"policy":{"mode":"none","maxAge":1}}""", ["field.missing tlsRpt.rua"] },
        { """{"tenant":"TENANT","tlsRpt":{"rua":[]},"policy":{"mode":"none","maxAge":1}}""", ["rua.count tlsRpt.rua"] },
        { """{"tenant":"TENANT","tlsRpt":{"rua":["mailto:a@example.com"],"x":1},"policy":{"mode":"none","maxAge":1}}""", ["field.unknown tlsRpt.x"] },
        { """{"tenant":"TENANT","tlsRpt":["mailto:a@example.com"],"policy":{"mode":"none","maxAge":1}}""", ["field.type tlsRpt"] },
    };

    [Theory, MemberData(nameof(NotJson))]
    public async Task A_body_that_is_not_JSON_or_repeats_a_member_is_400(string what, string body)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        foreach (var (method, path) in new[] { ("PUT", "domains/body.example"), ("POST", "tenants"), ("POST", "keys") })
        {
            var answer = await app.Admin.CallAsync(method, path, Encoding.UTF8.GetBytes(body.Replace("TENANT", tenant, StringComparison.Ordinal)));
            Assert.True(answer.Status == HttpStatusCode.BadRequest, $"{what}, {method} {path}: {answer.Status} {answer.Text}");
            answer.IsProblem(HttpStatusCode.BadRequest, "body.not_json");
        }

        (await app.Admin.GetAnswerAsync("domains/body.example")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF_8_are_400()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        foreach (var bytes in new byte[][] { [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80] })
        {
            var good = Good.Replace("TENANT", tenant, StringComparison.Ordinal);
            var at = good.IndexOf("mail.", StringComparison.Ordinal);
            byte[] body = [.. Encoding.UTF8.GetBytes(good[..at]), .. bytes, .. Encoding.UTF8.GetBytes(good[at..])];
            (await app.Admin.CallAsync("PUT", "domains/bytes.example", body)).IsProblem(HttpStatusCode.BadRequest, "body.not_json");
        }
    }

    [Theory, MemberData(nameof(Wrong))]
    public async Task All_faults_come_at_once(string body, string[] errors)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("PUT", "domains/wrong.example", body.Replace("TENANT", tenant, StringComparison.Ordinal))).IsInvalid(errors);
        (await app.Admin.GetAnswerAsync("domains/wrong.example")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"policy\"")]
    [InlineData("5")]
    public async Task JSON_that_is_no_object_is_422_of_the_whole_body(string body)
    {
        var (app, _) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var answer = (await app.Admin.CallAsync("PUT", "domains/whole.example", body)).IsProblem(HttpStatusCode.UnprocessableEntity, "input.invalid");
        var error = answer.Json.GetProperty("errors").EnumerateArray().Single();
        Assert.Equal("body.type", error.GetProperty("code").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("field").ValueKind);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("m*.example.com")]
    [InlineData("a.*.example.com")]
    [InlineData("*.*.example.com")]
    [InlineData(".example.com")]
    [InlineData("mail.example.com.")]
    [InlineData("mail_1.example.com")]
    [InlineData("-mail.example.com")]
    [InlineData("192.0.2.1")]
    [InlineData("[192.0.2.1]")]
    [InlineData("2001:db8::1")]
    [InlineData("mail.example.com:25")]
    [InlineData("10 mail.example.com")]
    [InlineData(" mail.example.com")]
    [InlineData("")]
    [InlineData("mail.example.com\r\nmode: none")]
    public async Task An_mx_that_is_no_pattern_is_named_with_its_place(string pattern)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var answer = (await app.Admin.CallAsync("PUT", "domains/mx.example", ApiCalls.Put(tenant, "testing", 604800, "good.example", pattern, "*.good.example")))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "input.invalid");
        var error = answer.Json.GetProperty("errors").EnumerateArray().Single();
        Assert.Equal("policy.mx[1]", error.GetProperty("field").GetString());
        Assert.StartsWith("mx.", error.GetProperty("code").GetString(), StringComparison.Ordinal);
        Assert.Matches("^RFC [0-9]+ ", error.GetProperty("rfc").GetString());
    }

    [Fact]
    public async Task A_hundred_patterns_are_taken_and_a_hundred_and_one_are_not()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var patterns = Enumerable.Range(0, 101).Select(i => $"mx{i}.example.com").ToArray();
        (await app.Admin.CallAsync("PUT", "domains/many.example", ApiCalls.Put(tenant, "testing", 604800, patterns))).IsInvalid("mx.too_many policy.mx");
        (await app.Admin.CallAsync("PUT", "domains/many.example", ApiCalls.Put(tenant, "testing", 604800, patterns[..100]))).Is(HttpStatusCode.Created);
    }

    [Theory, BothStores]
    public async Task The_limits_themselves_are_taken(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        foreach (var maxAge in new[] { 0, 31557600 })
        {
            (await app.Admin.CallAsync("PUT", $"domains/{apps.NewName()}.example", ApiCalls.Put(tenant, maxAge: maxAge))).Is(HttpStatusCode.Created);
        }

        var none = (await app.Admin.CallAsync("PUT", $"domains/{apps.NewName()}.example", new { tenant, policy = new { mode = "none", maxAge = 86400 } })).Is(HttpStatusCode.Created);
        Assert.Equal("[]", none.Json.GetProperty("policy").GetProperty("mx").GetRawText());
        (await app.Admin.CallAsync("PUT", $"domains/{apps.NewName()}.example", new { tenant, policy = new { mode = "none", mx = Array.Empty<string>(), maxAge = 86400 } })).Is(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/jsonp")]
    [InlineData("application/merge-patch+json")]
    public async Task Another_media_type_is_415(string? mediaType)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("PUT", "domains/type.example", ApiCalls.Put(tenant), mediaType: mediaType ?? "")).IsProblem(HttpStatusCode.UnsupportedMediaType, "body.media_type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON")]
    public async Task JSON_with_a_parameter_or_in_upper_case_is_taken(string mediaType)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("PUT", $"domains/{apps.NewName()}.example", ApiCalls.Put(tenant), mediaType: mediaType)).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_body_over_a_mebibyte_is_413_with_a_problem_document()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var good = Encoding.UTF8.GetBytes(Good.Replace("TENANT", tenant, StringComparison.Ordinal));
        var fits = new byte[1024 * 1024];
        var over = new byte[fits.Length + 1];
        fits.AsSpan().Fill((byte)' ');
        over.AsSpan().Fill((byte)' ');
        good.CopyTo(fits, 0);
        good.CopyTo(over, 0);

        // Asked before it is sent: the service refuses and closes at once, and a client in the middle of its body might only see that.
        using var request = new HttpRequestMessage(HttpMethod.Put, "domains/large.example") { Content = new ByteArrayContent(over) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.ExpectContinue = true;
        using var refused = await app.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"code\":\"request.invalid\"", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (await app.Admin.GetAnswerAsync("domains/large.example")).Is(HttpStatusCode.NotFound);
        (await app.Admin.CallAsync("PUT", "domains/large.example", fits)).Is(HttpStatusCode.Created);
    }

    [Theory, BothStores]
    public async Task A_zero_byte_is_refused_everywhere(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, tenant);
        var before = (await app.Admin.GetAnswerAsync($"domains/{domain}")).Text;

        (await app.Admin.CallAsync("PUT", $"domains/{domain}", """{"tenant":"a\u0000","policy":{"mode":"t\u0000","mx":["a\u0000.example"],"maxAge":1},"template":"\u0000"}"""))
            .Is(HttpStatusCode.UnprocessableEntity);
        (await app.Admin.CallAsync("PATCH", $"domains/{domain}", """{"tlsRpt":{"rua":["mailto:a\u0000@example.com"]}}""")).Is(HttpStatusCode.UnprocessableEntity);
        foreach (var query in new[] { "tenant=%00", "search=a%00b", "state=%00", "template=%00" })
        {
            var answer = await app.Admin.GetAnswerAsync($"domains?{query}");
            Assert.True((int)answer.Status is >= 400 and < 500, $"{query}: {answer.Status}");
        }

        (await app.Admin.GetAnswerAsync("domains?after=AGE")).IsInvalid("after.invalid after");
        Assert.Equal(before, (await app.Admin.GetAnswerAsync($"domains/{domain}")).Text);
    }

    [Theory, BothStores]
    public async Task A_refused_edit_leaves_everything_as_it_was(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var domain = $"{apps.NewName()}.example";
        await app.PutDomainAsync(domain, tenant);
        async Task<string> StateAsync() => string.Concat(
            (await app.Admin.GetAnswerAsync($"domains/{domain}")).Text,
            (await app.Admin.GetAnswerAsync($"domains/{domain}/versions")).Json.GetProperty("items").GetArrayLength(),
            (await app.Admin.GetAnswerAsync("audit?limit=1")).Text);
        var before = await StateAsync();

        foreach (var patch in new[]
        {
            """{"policy":null}""", """{"policy":{"mx":null}}""", """{"policy":{"maxAge":null}}""", """{"policy":{"mx":[]}}""", """{"policy":{"mode":"enforce","maxAge":-1}}""",
            """{"policy":"none"}""", """{"policy":{"mode":"enforce"},"x":1}""", """{"policy":{"mode":"enforce"},"x":null}""", """{"policy":{"mode":"enforce","modee":null}}""",
            """{"tenant":"other"}""", """{"state":"pending"}""", """{"state":"removing"}""", """{"state":7}""", """{"tlsRpt":{"rua":null}}""", """{"tlsRpt":[]}""",
            """{"template":"google"}""", """{"policyId":"1"}""",
        })
        {
            var answer = await app.Admin.CallAsync("PATCH", $"domains/{domain}", patch);
            Assert.True(answer.Status == HttpStatusCode.UnprocessableEntity, $"{patch}: {answer.Status} {answer.Text}");
        }

        (await app.Admin.CallAsync("PUT", $"domains/{domain}", ApiCalls.Put("nobody"))).IsInvalid("tenant.unknown tenant");
        (await app.Admin.CallAsync("PATCH", $"domains/{domain}", "[]")).Is(HttpStatusCode.UnprocessableEntity);
        (await app.Admin.CallAsync("POST", $"domains/{domain}/verification", """{"trust":"yes","x":1}""")).IsInvalid("field.type trust", "field.unknown x");
        (await app.Admin.CallAsync("POST", $"domains/{domain}/versions/2/restore")).IsProblem(HttpStatusCode.NotFound, "version.not_found");
        (await app.Admin.CallAsync("DELETE", $"domains/{domain}?now=perhaps")).IsInvalid("now.value now");
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task A_body_of_unknown_members_is_answered_with_a_hundred_errors_and_short_names()
    {
        var (app, _) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var members = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"\"{new string('x', 150)}{i}\":1"));

        var answer = await app.Admin.CallAsync("PUT", $"domains/{apps.NewName()}.example", $"{{{members}}}");

        answer.Is(HttpStatusCode.UnprocessableEntity);
        Assert.InRange(answer.Json.GetProperty("errors").GetArrayLength(), 100, 110);
        Assert.True(answer.Text.Length < 50_000);
    }
}
