using System.Net;
using System.Text;
using Xunit.Sdk;

namespace MtaSts.Acme.Tests;

/// <summary>Whatever a CA answers: a result or an AcmeException, in bounded time and memory.</summary>
public sealed class HostileAnswerTests
{
    private const string Order =
        """{"status":"valid","expires":"2026-08-12T00:00:00Z","identifiers":[{"type":"dns","value":"mta-sts.example.test"}],"authorizations":["https://ca.test/a/1"],"finalize":"https://ca.test/f/1","certificate":"https://ca.test/c/1","error":{"type":"urn:ietf:params:acme:error:dns","detail":"x","status":400,"subproblems":[{"type":"y","identifier":{"type":"dns","value":"z"}}]}}""";

    private const string Authorization =
        """{"status":"pending","expires":"2026-08-12T00:00:00.123456789Z","identifier":{"type":"dns","value":"mta-sts.example.test"},"wildcard":false,"challenges":[{"type":"http-01","url":"https://ca.test/ch/1","status":"invalid","token":"abc","validated":"2026-08-12T00:00:00Z","error":{"type":"t","detail":"d"}}]}""";

    private const string Problem =
        """{"type":"urn:ietf:params:acme:error:malformed","detail":"d","status":400,"instance":"https://ca.test/i","subproblems":[{"type":"urn:ietf:params:acme:error:dns","identifier":{"type":"dns","value":"v"}}]}""";

    private static readonly Uri Url = new("https://ca.test/resource");

    private static readonly string[] Values =
        ["null", "true", "1", "-1", "1e999", "\"\"", "\"\\ud800\"", "\"\\u0000\"", "\"//x\"", "\"http://ca.test/\"", "\"https://u:p@ca.test/\"", "\"file:///etc/passwd\"", "\"../..\"", "{}", "[]", "[null]", "[[]]", "[1]", "[\"\\udfff\"]", "{\"\\ud800\":1}", new string('[', 100), $"\"{new string('x', 5000)}\"", "\"9999-99-99\"", "\"0001-01-01T00:00:00+14:00\"", "\"\\u202e\""];

    /// <summary>Name, a good answer, and the operation that reads it.</summary>
    private static readonly (string Name, string Good, Func<ScriptedCa, CancellationToken, Task> Operation)[] Readers =
    [
        ("account", """{"status":"valid","contact":["mailto:a@b.test"],"orders":"https://ca.test/o"}""", (ca, cancellation) => ca.Client.GetAccountAsync(ca.Account, cancellation)),
        ("new account", """{"status":"valid","contact":[]}""", (ca, cancellation) => ca.Client.CreateAccountAsync(ca.Account.Key, [], true, null, cancellation)),
        ("new order", Order, (ca, cancellation) => ca.Client.CreateOrderAsync(ca.Account, ["mta-sts.example.test"], null, null, cancellation)),
        ("order", Order, (ca, cancellation) => ca.Client.GetOrderAsync(ca.Account, Url, cancellation)),
        ("orders", """{"status":"valid","orders":["https://ca.test/o/1","https://ca.test/o/2"]}""", (ca, cancellation) => ca.Client.ListOrdersAsync(ca.Account, 10, cancellation)),
        ("authorization", Authorization, (ca, cancellation) => ca.Client.GetAuthorizationAsync(ca.Account, Url, cancellation)),
        ("challenge", """{"type":"http-01","url":"https://ca.test/ch/1","status":"valid","token":"abc"}""", (ca, cancellation) => ca.Client.AnswerChallengeAsync(ca.Account, Url, cancellation)),
        ("chain", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", (ca, cancellation) => ca.Client.DownloadAsync(ca.Account, Url, cancellation)),
        ("renewal information", """{"suggestedWindow":{"start":"2026-08-12T00:00:00Z","end":"2026-08-13T00:00:00Z"},"explanationURL":"https://ca.test/why"}""", (ca, cancellation) => ca.Client.GetRenewalInfoAsync("a.b", cancellation)),
        ("problem", Problem, (ca, cancellation) => ca.Client.RevokeAsync(ca.Account, new byte[1], RevocationReason.Unspecified, cancellation)),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<int> AllReaders => [.. Enumerable.Range(0, Readers.Length)];

    [Theory]
    [MemberData(nameof(AllReaders))]
    public async Task Broken_answers_are_failures_of_the_CA_and_nothing_else(int reader)
    {
        var (name, good, operation) = Readers[reader];
        var random = new Random(8555 + reader);
        byte[] body = [];
        var status = HttpStatusCode.OK;
        string[] headers = [];
        using var ca = ScriptedCa.Answering(() => WithHeaders(ScriptedCa.Answer(status, body), headers));
        var results = 0;
        for (var round = 0; round < 1_000; round++)
        {
            body = round == 0 ? Encoding.UTF8.GetBytes(good) : Mutate(good, random);
            status = name == "problem" || random.Next(10) == 0 ? (HttpStatusCode)random.Next(300, 600) : HttpStatusCode.OK;
            headers = random.Next(3) == 0 ? [.. Enumerable.Range(0, 3).Select(_ => Values[random.Next(Values.Length)].Trim('"'))] : ["https://ca.test/l", "1", "<https://ca.test/n>;rel=\"next\""];
            try
            {
                await operation(ca, Cancellation);
                results++;
            }
            catch (AcmeException failure)
            {
                Assert.InRange(failure.Message.Length, 1, 20_000);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                throw new XunitException($"{name}, round {round}: {exception}\nheaders: {string.Join(" | ", headers)}\n{Encoding.UTF8.GetString(body)}");
            }
        }

        // The mutations are small enough that some answers stay usable.
        Assert.True(results > 0 || name is "chain" or "problem", $"{name}: nothing was ever read");
    }

    [Fact]
    public async Task Broken_directories_are_failures_of_the_CA_and_nothing_else()
    {
        var random = new Random(8555);
        for (var round = 0; round < 1_000; round++)
        {
            using ScriptedCa ca = new(_ => ScriptedCa.Nonce());
            ca.Directory = Encoding.UTF8.GetString(Mutate(
                ca.Directory[..^1] + ""","meta":{"termsOfService":"https://ca.test/t","website":"x","caaIdentities":["ca.test"],"externalAccountRequired":true,"profiles":{"a":"b"}}}""", random));
            try
            {
                await ca.Client.GetDirectoryAsync(Cancellation);
            }
            catch (AcmeException failure)
            {
                Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
            }
        }
    }

    [Theory]
    [InlineData("""{"newNonce":"http://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}""")]
    [InlineData("""{"newNonce":"https://user@ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}""")]
    [InlineData("""{"newNonce":"https://ca.test/n#f","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}""")]
    [InlineData("""{"newAccount":"https://ca.test/a","newOrder":"https://ca.test/o"}""")]
    public async Task Only_https_is_ever_asked(string directory)
    {
        using ScriptedCa ca = new(_ => ScriptedCa.Nonce()) { Directory = directory };
        await StubCaClient.FailureOf(() => ca.Client.GetAccountAsync(ca.Account, Cancellation));
        Assert.Equal(["GET /directory"], ca.Requests);
        Assert.Throws<ArgumentException>(() => new AcmeClient(new HttpClient(), new Uri("http://ca.test/directory"), TimeProvider.System));
        await Assert.ThrowsAsync<ArgumentException>(() => ca.Client.GetOrderAsync(ca.Account, new Uri("http://ca.test/o"), Cancellation));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("a b")]
    [InlineData("")]
    [InlineData("a.b")]
    public async Task A_token_that_is_not_base64url_never_gets_out(string token)
    {
        using var ca = ScriptedCa.Answering(() => ScriptedCa.Answer(HttpStatusCode.OK, $$"""{"type":"http-01","url":"https://ca.test/ch/1","status":"valid","token":"{{token}}"}"""));
        await StubCaClient.FailureOf(() => ca.Client.GetChallengeAsync(ca.Account, Url, Cancellation));
    }

    [Fact]
    public async Task An_answer_without_end_is_left()
    {
        using var ca = ScriptedCa.Answering(() => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(new EndlessStream()) });
        var failure = await StubCaClient.FailureOf(() => ca.Client.GetAccountAsync(ca.Account, Cancellation));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);

        using var refusing = ScriptedCa.Answering(() => new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StreamContent(new EndlessStream()) });
        failure = await StubCaClient.FailureOf(() => refusing.Client.GetAccountAsync(refusing.Account, Cancellation));
        Assert.Equal((AcmeBlame.RateLimit, 429), (failure.Blame, failure.HttpStatus));
    }

    [Fact]
    public async Task A_list_of_orders_that_goes_in_circles_ends()
    {
        var page = 0;
        using var ca = ScriptedCa.Answering(() =>
        {
            var answer = ScriptedCa.Answer(HttpStatusCode.OK, """{"status":"valid","orders":"https://ca.test/o/0"}""");
            if (page++ > 0)
            {
                answer = ScriptedCa.Answer(HttpStatusCode.OK, """["https://ca.test/order"]""");
                answer.Headers.Add("Link", $"<https://ca.test/o/{(page + 1) % 2}>;rel=\"next\"");
            }

            return answer;
        });
        Assert.Equal(AcmeLimits.MaxPages, (await ca.Client.ListOrdersAsync(ca.Account, 100_000, Cancellation)).Count);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        using var ca = ScriptedCa.Answering(() => WithHeaders(ScriptedCa.Answer(HttpStatusCode.TemporaryRedirect, ""), ["https://elsewhere.test/"]));
        var failure = await StubCaClient.FailureOf(() => ca.Client.GetAccountAsync(ca.Account, Cancellation));
        Assert.Equal(307, failure.HttpStatus);
        Assert.DoesNotContain(ca.Requests, request => request.Contains("elsewhere", StringComparison.Ordinal));
    }

    private static HttpResponseMessage WithHeaders(HttpResponseMessage answer, string[] headers)
    {
        var names = new[] { "Location", "Retry-After", "Link" };
        foreach (var (name, value) in names.Zip(headers))
        {
            answer.Headers.TryAddWithoutValidation(name, value);
        }

        answer.Headers.TryAddWithoutValidation("Replay-Nonce", "bm9uY2U");
        return answer;
    }

    private static byte[] Mutate(string good, Random random)
    {
        var text = good;
        switch (random.Next(5))
        {
            case 0:
                // A value of another kind.
                var colons = Enumerable.Range(0, text.Length).Where(at => text[at] is ':' or '[').ToList();
                var from = colons.Count == 0 ? 0 : colons[random.Next(colons.Count)] + 1;
                var until = text.IndexOfAny([',', '}', ']'], from);
                text = string.Concat(text.AsSpan(0, from), Values[random.Next(Values.Length)], text.AsSpan(until < 0 ? text.Length : until));
                break;
            case 1:
                text = text[..random.Next(text.Length)];
                break;
            case 2:
                text = text.Insert(random.Next(text.Length), Values[random.Next(Values.Length)]);
                break;
            case 3:
                text = Values[random.Next(Values.Length)];
                break;
            default:
                break;
        }

        var octets = Encoding.UTF8.GetBytes(text);
        for (var flips = random.Next(4); flips > 0 && octets.Length > 0; flips--)
        {
            octets[random.Next(octets.Length)] = (byte)random.Next(256);
        }

        return octets;
    }

    private sealed class EndlessStream : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => 0; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => count;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
