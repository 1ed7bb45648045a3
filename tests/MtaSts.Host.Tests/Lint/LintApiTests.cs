using System.Net;
using System.Text;
using Xunit;

namespace MtaSts.Host.Tests.Lint;

public sealed class LintApiTests : IAsyncLifetime
{
    private HostApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _app = await HostApp.StartAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task A_policy_is_judged_whatever_media_type_it_has(string? mediaType)
    {
        using var body = new ByteArrayContent("version: STSv1\nmode: none\nmax_age: 86400\n"u8.ToArray());
        body.Headers.ContentType = mediaType is null ? null : new(mediaType);

        Assert.Equal(
            (200, """{"valid":true,"errors":[],"warnings":[{"code":"mx.none","field":"mx","line":null,"message":"There is no mx. Mode none needs none, but Stalwart and chasquid reject the policy.","rfc":"RFC 8461 3.2"}],"version":"STSv1","mode":"none","maxAge":86400,"mx":[]}"""),
            await PostAsync("lint/policy", body));
    }

    [Fact]
    public async Task Bytes_that_are_no_policy_are_answered_200_and_not_valid()
    {
        using var utf16 = new ByteArrayContent([0xFF, 0xFE, 0x00]);
        Assert.Equal(
            (200, """{"valid":false,"errors":[{"code":"body.utf16","field":null,"line":1,"message":"The text is UTF-16; a policy is UTF-8.","rfc":"RFC 8461 3.2"}],"warnings":[],"version":null,"mode":null,"maxAge":null,"mx":[]}"""),
            await PostAsync("lint/policy", utf16));

        using var empty = new ByteArrayContent([]);
        var (status, answer) = await PostAsync("lint/policy", empty);
        Assert.Equal(200, status);
        Assert.StartsWith("""{"valid":false,"errors":[{"code":"version.missing",""", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_a_413_problem(bool chunked)
    {
        // Not the limit itself: Kestrel counts the framing of chunks, too.
        using var largest = new ByteArrayContent(new byte[1_000_000]);
        Assert.Equal(200, (await PostAsync("lint/policy", largest, chunked)).Status);

        using var larger = new ByteArrayContent(new byte[(1024 * 1024) + 1]);
        var (status, answer) = await PostAsync("lint/policy", larger, chunked);
        Assert.Equal(413, status);
        Assert.Contains("\"code\":\"request.invalid\"", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_strings_of_an_RR_are_joined_without_separator()
    {
        Assert.Equal((200, """{"valid":true,"errors":[],"warnings":[],"id":"20161123"}"""), await PostJsonAsync("lint/record", """{"records":[["v=STSv1; id=2016","1123;"]]}"""));
        Assert.Equal((200, """{"valid":true,"errors":[],"warnings":[],"rua":["mailto:a@example.com"]}"""), await PostJsonAsync("lint/tlsrpt", """{"records":[["v=TLSRPTv1; rua=","mailto:a@example.com"]]}"""));
    }

    [Theory]
    [InlineData("lint/record", ""","id":null}""")]
    [InlineData("lint/tlsrpt", ""","rua":[]}""")]
    public async Task No_RR_at_all_is_answered_200_and_not_valid(string path, string end)
    {
        var (status, answer) = await PostJsonAsync(path, """{"records":[]}""");

        Assert.Equal(200, status);
        Assert.StartsWith("""{"valid":false,"errors":[{"code":"record.missing",""", answer, StringComparison.Ordinal);
        Assert.EndsWith(end, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Match_answers_the_first_pattern_that_covers_the_host()
    {
        Assert.Equal((200, """{"match":true,"pattern":"*.example.com"}"""), await PostJsonAsync("lint/match", """{"patterns":["a.example.com","*.example.com"],"host":"mx.example.com"}"""));
        Assert.Equal((200, """{"match":false,"pattern":null}"""), await PostJsonAsync("lint/match", """{"patterns":[],"host":"mx.example.com"}"""));
    }

    [Theory]
    [InlineData("lint/record", "{}", "records")]
    [InlineData("lint/record", """{"records":"v=STSv1; id=1;","extra":1}""", "records", "extra")]
    [InlineData("lint/record", """{"records":["v=STSv1; id=1;"]}""", "records")]
    [InlineData("lint/tlsrpt", """{"records":[["a",1]]}""", "records")]
    [InlineData("lint/match", """{"extra":1}""", "patterns", "host", "extra")]
    [InlineData("lint/match", """{"patterns":["*","a b","*.example.com"],"host":"192.0.2.1"}""", "host", "patterns[0]", "patterns[1]")]
    public async Task All_mistakes_of_a_body_are_told_at_once(string path, string body, params string[] fields)
    {
        var (status, answer) = await PostJsonAsync(path, body);

        Assert.Equal(422, status);
        using var problem = System.Text.Json.JsonDocument.Parse(answer);
        Assert.Equal(fields, problem.RootElement.GetProperty("errors").EnumerateArray().Select(error => error.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task A_viewer_may_lint_and_a_stranger_may_not()
    {
        await _app.AddTenantAsync();
        using var viewer = _app.Client(await _app.AddKeyAsync("acme", "viewer"));
        using var body = new ByteArrayContent([]);
        using var allowed = await viewer.PostAsync(new Uri("lint/policy", UriKind.Relative), body, Cancel);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);

        using var stranger = _app.Client(null);
        using var again = new ByteArrayContent([]);
        using var refused = await stranger.PostAsync(new Uri("lint/policy", UriKind.Relative), again, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    private async Task<(int Status, string Answer)> PostJsonAsync(string path, string json)
    {
        using var body = new StringContent(json, Encoding.UTF8, "application/json");
        return await PostAsync(path, body);
    }

    private async Task<(int Status, string Answer)> PostAsync(string path, HttpContent body, bool chunked = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.TransferEncodingChunked = chunked;
        // A body that is refused by its length is not sent at all: in the middle of it a client might only see the closed connection.
        request.Headers.ExpectContinue = true;
        using var answer = await _app.Admin.SendAsync(request, Cancel);
        Assert.Equal(answer.IsSuccessStatusCode ? "application/json" : "application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
