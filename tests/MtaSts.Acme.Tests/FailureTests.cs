using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>Whose a failure is, and when to come again (RFC 8555 §6.7).</summary>
public sealed class FailureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(429, "rateLimited", AcmeBlame.RateLimit, true)]
    [InlineData(500, "serverInternal", AcmeBlame.CertificateAuthority, true)]
    [InlineData(400, "accountDoesNotExist", AcmeBlame.Account, false)]
    [InlineData(403, "userActionRequired", AcmeBlame.Account, false)]
    [InlineData(403, "externalAccountRequired", AcmeBlame.Account, false)]
    [InlineData(403, "unauthorized", AcmeBlame.Account, false)]
    [InlineData(401, "unauthorized", AcmeBlame.Account, false)]
    [InlineData(400, "connection", AcmeBlame.Name, true)]
    [InlineData(400, "dns", AcmeBlame.Name, true)]
    [InlineData(400, "tls", AcmeBlame.Name, true)]
    [InlineData(400, "incorrectResponse", AcmeBlame.Name, true)]
    [InlineData(403, "caa", AcmeBlame.Name, true)]
    [InlineData(400, "rejectedIdentifier", AcmeBlame.Name, false)]
    [InlineData(400, "unsupportedIdentifier", AcmeBlame.Name, false)]
    [InlineData(403, "orderNotReady", AcmeBlame.CertificateAuthority, true)]
    [InlineData(400, "badCSR", AcmeBlame.Client, false)]
    [InlineData(400, "badPublicKey", AcmeBlame.Client, false)]
    [InlineData(400, "badSignatureAlgorithm", AcmeBlame.Client, false)]
    [InlineData(400, "malformed", AcmeBlame.Client, false)]
    [InlineData(409, "alreadyReplaced", AcmeBlame.Client, false)]
    [InlineData(400, "invalidProfile", AcmeBlame.Client, false)]
    // Types that nobody knows yet: by the status.
    [InlineData(429, "noveltyOfNextYear", AcmeBlame.RateLimit, true)]
    [InlineData(503, "noveltyOfNextYear", AcmeBlame.CertificateAuthority, true)]
    [InlineData(400, "noveltyOfNextYear", AcmeBlame.Client, false)]
    public async Task Each_type_has_its_blame(int status, string type, AcmeBlame blame, bool isTransient)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Of(status, type, "why"));
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal((blame, isTransient, status, type), (failure.Blame, failure.IsTransient, failure.HttpStatus, failure.ErrorType));
        Assert.False(failure.AnswerWasLost);
        Assert.Contains($"{type}: why", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.RetryAfter);
    }

    [Theory]
    [InlineData(502, AcmeBlame.CertificateAuthority)]
    [InlineData(503, AcmeBlame.CertificateAuthority)]
    [InlineData(429, AcmeBlame.RateLimit)]
    // Not ACME's words: a firewall or a proxy in front of the CA. Neither account nor name should pay for it.
    [InlineData(403, AcmeBlame.CertificateAuthority)]
    [InlineData(404, AcmeBlame.CertificateAuthority)]
    [InlineData(301, AcmeBlame.CertificateAuthority)]
    public async Task An_answer_without_problem_document_is_judged_by_its_status(int status, AcmeBlame blame)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.NewOrder, new StubFailure { Status = status, Body = "<html>", RetryAfter = "60" });
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal((blame, true, status), (failure.Blame, failure.IsTransient, failure.HttpStatus));
        Assert.Null(failure.Problem);
        Assert.Equal(TimeSpan.FromMinutes(1), failure.RetryAfter);
    }

    [Fact]
    public async Task What_is_refused_about_a_replaced_or_revoked_certificate_says_nothing_of_the_account()
    {
        await using var stub = await StubCaClient.StartAsync();
        var owner = await stub.NewAccountAsync();
        var stranger = await stub.NewAccountAsync();
        var (chain, _) = await stub.IssueAsync(owner, "mta-sts.example.test");
        var certId = stub.Ca.Certificates.Single().CertId;

        var order = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(stranger, ["mta-sts.example.test"], replaces: certId, cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Client, AcmeErrorTypes.Unauthorized), (order.Blame, order.ErrorType));
        var revocation = await StubCaClient.FailureOf(() => stub.Client.RevokeAsync(stranger, chain.Leaf, RevocationReason.Superseded, Cancellation));
        Assert.Equal((AcmeBlame.Client, AcmeErrorTypes.Unauthorized), (revocation.Blame, revocation.ErrorType));
    }

    [Fact]
    public async Task A_rejected_name_is_told_with_its_subproblems()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.RejectedNames = ["mta-sts.bad.test"];
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.good.test", "mta-sts.bad.test"], cancellationToken: Cancellation));
        var sub = Assert.Single(failure.Problem!.Subproblems);
        Assert.Equal(("mta-sts.bad.test", AcmeErrorTypes.RejectedIdentifier), (sub.Identifier?.Value, sub.ErrorType));
        Assert.Contains("mta-sts.bad.test", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_compound_problem_is_judged_by_its_first_part()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        StubProblem compound = new("compound", "several") { Subproblems = [("mta-sts.a.test", new StubProblem("caa", "forbidden"))] };
        stub.Ca.Fail(StubRequestKind.NewOrder, new StubFailure { Status = 403, Problem = compound });
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.a.test"], cancellationToken: Cancellation));
        Assert.Equal(AcmeBlame.Name, failure.Blame);
    }

    [Fact]
    public async Task A_paused_name_comes_with_the_link_that_lifts_it()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.PausedNames = ["mta-sts.paused.test"];
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.paused.test"], cancellationToken: Cancellation));
        Assert.Equal(AcmeBlame.RateLimit, failure.Blame);
        Assert.Contains("https://stub-ca.example/unpause?name=mta-sts.paused.test", failure.Problem!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changed_terms_come_with_both_links()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.TermsOfService = "https://stub-ca.example/terms/2";
        stub.Ca.Behaviour.NeedsAgreement = true;
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Account, false), (failure.Blame, failure.IsTransient));
        Assert.Equal("https://stub-ca.example/terms/2", failure.TermsOfService?.AbsoluteUri);
        Assert.Equal("https://stub-ca.example/agree", failure.Problem!.Instance);
    }

    [Fact]
    public async Task The_cause_of_an_invalid_order_is_found_in_the_challenge()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.InvalidNames["mta-sts.example.test"] = new StubProblem("dns", "SERVFAIL looking up A for mta-sts.example.test")
        {
            Subproblems = [("mta-sts.example.test", new StubProblem("dns", "from a second place as well"))],
        };
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        var authorization = await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation);
        await stub.Client.AnswerChallengeAsync(account, authorization.FindChallenge("http-01")!.Url, Cancellation);
        authorization = await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation);
        order = await stub.Client.GetOrderAsync(account, order.Url, Cancellation);
        Assert.Equal((OrderStatus.Invalid, AuthorizationStatus.Invalid), (order.Status, authorization.Status));
        Assert.Null(order.Error);

        var failure = AcmeException.ForOrder(order, [authorization]);
        Assert.Equal((AcmeBlame.Name, true, AcmeErrorTypes.Dns), (failure.Blame, failure.IsTransient, failure.ErrorType));
        Assert.Contains("SERVFAIL looking up A", failure.Message, StringComparison.Ordinal);
        Assert.Contains("from a second place as well", failure.Message, StringComparison.Ordinal);
        Assert.Equal(failure.Message, AcmeException.ForAuthorization(authorization).Message);
    }

    [Theory]
    [InlineData("serverInternal", AcmeBlame.CertificateAuthority)]
    [InlineData("caa", AcmeBlame.Name)]
    [InlineData("unauthorized", AcmeBlame.Name)]
    [InlineData("rateLimited", AcmeBlame.RateLimit)]
    public async Task An_order_that_fails_at_issuing_tells_its_own_error(string type, AcmeBlame blame)
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.IssuingProblem = new StubProblem(type, "could not issue");
        var order = await stub.ReadyOrderAsync(account, "mta-sts.example.test");
        order = await stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], stub.NewCertificateKey()), Cancellation);
        Assert.Equal(OrderStatus.Invalid, order.Status);
        var authorization = await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation);
        var failure = AcmeException.ForOrder(order, [authorization]);
        Assert.Equal((blame, type), (failure.Blame, failure.ErrorType));
    }

    [Fact]
    public async Task An_order_that_is_not_ready_is_to_be_read_again()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        var failure = await StubCaClient.FailureOf(() => stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], stub.NewCertificateKey()), Cancellation));
        Assert.Equal((AcmeErrorTypes.OrderNotReady, AcmeBlame.CertificateAuthority), (failure.ErrorType, failure.Blame));
    }

    [Fact]
    public async Task A_CSR_for_other_names_or_with_the_accounts_key_is_the_clients_failure()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var order = await stub.ReadyOrderAsync(account, "mta-sts.example.test");
        var names = await StubCaClient.FailureOf(() => stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.other.test"], stub.NewCertificateKey()), Cancellation));
        Assert.Equal((AcmeErrorTypes.BadCsr, AcmeBlame.Client), (names.ErrorType, names.Blame));

        using var accountKey = System.Security.Cryptography.ECDsa.Create();
        accountKey.ImportPkcs8PrivateKey(account.Key.ExportPkcs8(), out _);
        var key = await StubCaClient.FailureOf(() => stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], accountKey), Cancellation));
        Assert.Equal((AcmeErrorTypes.BadPublicKey, AcmeBlame.Client), (key.ErrorType, key.Blame));
    }

    [Fact]
    public async Task A_lost_answer_says_so_and_the_order_is_there()
    {
        await using var stub = await StubCaClient.StartAsync();
        stub.Ca.Behaviour.ReusesOrders = true;
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.NewOrder, StubFailure.AnswerLost);
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.CertificateAuthority, true, true), (failure.Blame, failure.IsTransient, failure.AnswerWasLost));
        Assert.Null(failure.HttpStatus);
        // Nothing was sent twice behind the caller's back.
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.NewOrder));
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.Equal(stub.Ca.Orders.Single().Url, order.Url.AbsoluteUri);
    }

    [Fact]
    public async Task A_lost_answer_to_finalize_costs_no_second_certificate()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        var order = await stub.ReadyOrderAsync(account, "mta-sts.example.test");
        var key = stub.NewCertificateKey();
        stub.Ca.Fail(StubRequestKind.Finalize, StubFailure.AnswerLost);
        var failure = await StubCaClient.FailureOf(() => stub.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], key), Cancellation));
        Assert.True(failure.AnswerWasLost);

        order = await stub.Client.GetOrderAsync(account, order.Url, Cancellation);
        Assert.Equal(OrderStatus.Valid, order.Status);
        var chain = await stub.Client.DownloadAsync(account, order.Certificate!, Cancellation);
        Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), ["mta-sts.example.test"], stub.Time.GetUtcNow()));
        Assert.Single(stub.Ca.Certificates);
    }

    [Fact]
    public async Task A_CA_that_is_not_there_was_sent_nothing()
    {
        await using var stub = await StubCaClient.StartAsync();
        // Bound and not listening: nobody else can take it, and connections are refused.
        using Socket taken = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using AcmeClient nobody = new(stub.Http, new Uri($"https://{taken.LocalEndPoint}/directory"), stub.Time);
        var failure = await StubCaClient.FailureOf(() => nobody.GetDirectoryAsync(Cancellation));
        Assert.Equal((AcmeBlame.CertificateAuthority, true, false), (failure.Blame, failure.IsTransient, failure.AnswerWasLost));

        using var distrustful = AcmeClient.CreateHttpClient();
        using AcmeClient stranger = new(distrustful, stub.Ca.DirectoryUrl, stub.Time);
        failure = await StubCaClient.FailureOf(() => stranger.GetDirectoryAsync(Cancellation));
        Assert.Equal((AcmeBlame.CertificateAuthority, false), (failure.Blame, failure.AnswerWasLost));
    }

    [Fact]
    public async Task A_CA_that_is_down_is_a_failure_and_its_return_is_noticed()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.IsDown = true;
        Assert.Equal(AcmeBlame.CertificateAuthority, (await StubCaClient.FailureOf(() => stub.Client.GetAccountAsync(account, Cancellation))).Blame);
        stub.Ca.Behaviour.IsDown = false;
        await stub.Client.GetAccountAsync(account, Cancellation);
    }

    [Fact]
    public async Task A_CA_that_does_not_answer_in_time_is_a_failure_and_cancellation_is_none()
    {
        using ScriptedCa slow = new(
            async (_, cancellationToken) =>
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return ScriptedCa.Nonce();
            },
            TimeSpan.FromMilliseconds(50));
        var failure = await StubCaClient.FailureOf(() => slow.Client.GetAccountAsync(slow.Account, Cancellation));
        Assert.Equal((AcmeBlame.CertificateAuthority, true), (failure.Blame, failure.AnswerWasLost));

        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => slow.Client.GetAccountAsync(slow.Account, cancelled.Token));
    }

    [Fact]
    public async Task An_operation_that_moved_is_found_by_the_directory()
    {
        FakeTimeProvider time = new();
        using ScriptedCa ca = new(
            request => request.Method == HttpMethod.Head ? ScriptedCa.Nonce()
                : request.RequestUri!.AbsolutePath == "/new-order" ? ScriptedCa.Answer(HttpStatusCode.NotFound, "gone", "text/plain")
                : Order(),
            time: time);
        await ca.Client.GetDirectoryAsync(Cancellation);
        ca.Directory = ca.Directory.Replace("/new-order", "/v2/new-order", StringComparison.Ordinal);

        // Within its first minute the directory is believed.
        var failure = await StubCaClient.FailureOf(() => ca.Client.CreateOrderAsync(ca.Account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal(404, failure.HttpStatus);

        time.Advance(TimeSpan.FromMinutes(2));
        var order = await ca.Client.CreateOrderAsync(ca.Account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.Equal(OrderStatus.Pending, order.Status);
        Assert.Equal(["GET /directory", "POST /v2/new-order"], ca.Requests.Where(request => !request.StartsWith("HEAD", StringComparison.Ordinal)).TakeLast(2));

        static HttpResponseMessage Order()
        {
            var answer = ScriptedCa.Answer(HttpStatusCode.Created, """{"status":"pending","identifiers":[],"authorizations":[],"finalize":"https://ca.test/f"}""");
            answer.Headers.Location = new Uri("https://ca.test/order/1");
            return answer;
        }
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("1", 1)]
    [InlineData("120", 120)]
    [InlineData("0000000000120", 120)]
    [InlineData("86400", 86_400)]
    [InlineData("86401", 86_400)]
    [InlineData("99999999999999999999999", 86_400)]
    [InlineData("Wed, 05 Aug 2026 12:05:00 GMT", 300)]
    [InlineData("Wed, 05 Aug 2026 11:00:00 GMT", 1)]
    [InlineData("Fri, 05 Aug 2033 12:00:00 GMT", 86_400)]
    [InlineData("-5", null)]
    [InlineData("1.5", null)]
    [InlineData("soon", null)]
    [InlineData("", null)]
    public async Task Retry_After_is_read_in_both_forms_and_bounded(string text, int? seconds)
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 8, 5, 12, 0, 0, TimeSpan.Zero));
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Fail(StubRequestKind.NewOrder, StubFailure.Of(429, "rateLimited", retryAfter: text));
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal(seconds, (int?)failure.RetryAfter?.TotalSeconds);
        Assert.Equal(seconds is null ? null : time.GetUtcNow().AddSeconds(seconds.Value), failure.RetryAt);
    }

    [Fact]
    public async Task A_date_is_judged_by_the_CAs_clock_and_a_wrong_clock_is_seen()
    {
        FakeTimeProvider time = new(new DateTimeOffset(2026, 8, 5, 12, 0, 0, TimeSpan.Zero));
        await using var stub = await StubCaClient.StartAsync(time);
        Assert.Null(stub.Client.LatestClock);
        var account = await stub.NewAccountAsync();
        Assert.Equal(TimeSpan.Zero, stub.Client.LatestClock!.Skew);

        stub.Ca.Behaviour.DateOffset = TimeSpan.FromDays(365);
        var until = time.GetUtcNow().AddDays(365).AddMinutes(10);
        stub.Ca.Fail(StubRequestKind.NewOrder, StubFailure.RateLimitedUntil(until));
        var failure = await StubCaClient.FailureOf(() => stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation));
        Assert.Equal(TimeSpan.FromMinutes(10), failure.RetryAfter);
        Assert.Equal(time.GetUtcNow().AddMinutes(10), failure.RetryAt);
        Assert.Equal(TimeSpan.FromDays(365), stub.Client.LatestClock.Skew);
        var order = await stub.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancellation);
        Assert.Equal(time.GetUtcNow().AddDays(365), order.ServerDate);
    }

    [Fact]
    public async Task Words_of_the_CA_are_cut_and_have_no_control_characters()
    {
        var detail = string.Concat(Enumerable.Repeat("evil\\u0000\\n\\u001b[31m\\u202e", 5_000));
        using var ca = ScriptedCa.Answering(() => ScriptedCa.Answer(
            HttpStatusCode.BadRequest, string.Create(CultureInfo.InvariantCulture, $$"""{"type":"urn:ietf:params:acme:error:malformed","detail":"{{detail}}","subproblems":[{{string.Join(',', Enumerable.Repeat("{}", 500))}}]}"""), "application/problem+json"));
        var failure = await StubCaClient.FailureOf(() => ca.Client.GetAccountAsync(ca.Account, Cancellation));
        Assert.InRange(failure.Problem!.Detail!.Length, 1, AcmeLimits.MaxDetailLength + 1);
        Assert.Equal(AcmeLimits.MaxSubproblems, failure.Problem.Subproblems.Count);
        Assert.DoesNotContain(failure.Message, letter => char.IsControl(letter) || letter == '\u202e');
    }
}
