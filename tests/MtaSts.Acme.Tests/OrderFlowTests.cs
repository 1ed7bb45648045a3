using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>From names to a chain in one call.</summary>
public sealed class OrderFlowTests
{
    private const string Name = "mta-sts.example.test";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_flow_brings_a_chain_and_takes_its_answers_down()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        RecordingSolver solver = new();
        var key = stub.NewCertificateKey();
        var chain = await new AcmeOrderFlow(stub.Client, [solver], time).IssueAsync(account, [Name, "mta-sts.other.test"], key, cancellationToken: Cancellation);
        Assert.Empty(chain.FindFaults(key.ExportSubjectPublicKeyInfo(), [Name, "mta-sts.other.test"], stub.Time.GetUtcNow()));
        Assert.Equal(2, solver.PutUps);
        Assert.Empty(solver.Up);
    }

    [Fact]
    public async Task Pauses_double_up_to_15_seconds_unless_the_CA_says_otherwise()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.PendingReads = 6;
        stub.Ca.Behaviour.ProcessingReads = 3;
        AcmeOrderFlow flow = new(stub.Client, [new RecordingSolver()], time);
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        Assert.Equal([1, 2, 4, 8, 15, 15, 15, 1, 2, 4], time.Waits.Select(wait => (int)wait.TotalSeconds));

        stub.Ca.Behaviour.ResourceRetryAfter = "3";
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        Assert.Equal(Enumerable.Repeat(3, 10), time.Waits.Skip(10).Select(wait => (int)wait.TotalSeconds));
    }

    [Fact]
    public async Task Patience_ends_and_the_order_can_be_resumed()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.PendingReads = 100;
        RecordingSolver solver = new();
        AcmeOrderFlow flow = new(stub.Client, [solver], time);
        var key = stub.NewCertificateKey();
        var failure = await StubCaClient.FailureOf(() => flow.IssueAsync(account, [Name], key, cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.CertificateAuthority, true), (failure.Blame, failure.IsTransient));
        Assert.Empty(solver.Up);
        Assert.InRange(time.Waits.Sum(wait => wait.TotalSeconds), 280, 300);

        var order = await stub.Client.GetOrderAsync(account, new Uri(stub.Ca.Orders.Single().Url), Cancellation);
        while (order.Status == OrderStatus.Pending)
        {
            await stub.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancellation);
            order = await stub.Client.GetOrderAsync(account, order.Url, Cancellation);
        }

        await flow.ResumeAsync(account, order, key, Cancellation);
        Assert.Single(stub.Ca.Orders);
        Assert.Single(stub.Ca.Certificates);
    }

    [Fact]
    public async Task A_name_that_fails_is_told_with_the_cause_of_its_challenge()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.InvalidNames[Name] = new StubProblem("connection", "Timeout during connect (likely firewall problem)");
        RecordingSolver solver = new();
        var failure = await StubCaClient.FailureOf(() => new AcmeOrderFlow(stub.Client, [solver], time).IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Name, AcmeErrorTypes.Connection), (failure.Blame, failure.ErrorType));
        Assert.Empty(solver.Up);
        // One challenge was answered, not one of each type.
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.AnswerChallenge));
    }

    [Fact]
    public async Task Solvers_are_taken_in_their_order_and_without_any_nothing_is_answered()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.ChallengeTypes = ["tls-alpn-01", "http-01"];
        RecordingSolver dns = new(AcmeChallengeTypes.Dns01);
        RecordingSolver tls = new(AcmeChallengeTypes.TlsAlpn01);
        RecordingSolver http = new();
        await new AcmeOrderFlow(stub.Client, [dns, tls, http], time).IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        Assert.Equal((0, 1, 0), (dns.PutUps, tls.PutUps, http.PutUps));

        var failure = await StubCaClient.FailureOf(() => new AcmeOrderFlow(stub.Client, [dns], time).IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation));
        Assert.Equal((AcmeBlame.Name, false), (failure.Blame, failure.IsTransient));
        Assert.Equal(1, stub.Ca.Count(StubRequestKind.AnswerChallenge));
    }

    [Fact]
    public async Task A_lost_answer_to_finalize_is_followed_by_a_look_at_the_order()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        AcmeOrderFlow flow = new(stub.Client, [new RecordingSolver()], time);
        stub.Ca.Fail(StubRequestKind.Finalize, StubFailure.AnswerLost);
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        Assert.Equal((1, 1), (stub.Ca.Count(StubRequestKind.Finalize), stub.Ca.Certificates.Count));

        stub.Ca.Fail(StubRequestKind.Finalize, StubFailure.RequestLost, 2);
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        Assert.Equal((4, 2), (stub.Ca.Count(StubRequestKind.Finalize), stub.Ca.Certificates.Count));

        stub.Ca.Fail(StubRequestKind.Finalize, StubFailure.RequestLost, 3);
        await StubCaClient.FailureOf(() => flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation));
        Assert.Equal(2, stub.Ca.Certificates.Count);
    }

    [Fact]
    public async Task A_renewal_that_replaces_nothing_is_ordered_without()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        AcmeOrderFlow flow = new(stub.Client, [new RecordingSolver()], time);
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation);
        var first = stub.Ca.Certificates[0].CertId;
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), replaces: first, cancellationToken: Cancellation);
        await flow.IssueAsync(account, [Name], stub.NewCertificateKey(), replaces: first, cancellationToken: Cancellation);
        Assert.Equal([null, first, null], stub.Ca.Certificates.Select(certificate => certificate.Replaces));

        // A limit holds without replaces as well.
        stub.Ca.Fail(StubRequestKind.NewOrder, StubFailure.RateLimited(TimeSpan.FromMinutes(5)));
        var asked = stub.Ca.Count(StubRequestKind.NewOrder);
        await StubCaClient.FailureOf(() => flow.IssueAsync(account, [Name], stub.NewCertificateKey(), replaces: first, cancellationToken: Cancellation));
        Assert.Equal(asked + 1, stub.Ca.Count(StubRequestKind.NewOrder));
    }

    [Fact]
    public async Task A_chain_for_another_key_is_not_handed_out()
    {
        HurriedTime time = new();
        await using var stub = await StubCaClient.StartAsync(time);
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.IssuesForAnotherKey = true;
        var failure = await StubCaClient.FailureOf(() => new AcmeOrderFlow(stub.Client, [new RecordingSolver()], time).IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: Cancellation));
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
    }

    [Fact]
    public async Task Cancellation_takes_the_answer_down()
    {
        await using var stub = await StubCaClient.StartAsync();
        var account = await stub.NewAccountAsync();
        stub.Ca.Behaviour.PendingReads = 1_000;
        RecordingSolver solver = new();
        using CancellationTokenSource cancel = new();
        // The real clock: the first pause lasts until the cancellation.
        var issuing = new AcmeOrderFlow(stub.Client, [solver], TimeProvider.System).IssueAsync(account, [Name], stub.NewCertificateKey(), cancellationToken: cancel.Token);
        while (stub.Ca.Count(StubRequestKind.AnswerChallenge) == 0)
        {
            Assert.False(issuing.IsCompleted);
            await Task.Yield();
        }

        Assert.Single(solver.Up);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => issuing);
        Assert.Empty(solver.Up);
    }
}
