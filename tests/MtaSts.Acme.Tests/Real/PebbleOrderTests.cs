using System.Globalization;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests.Real;

/// <summary>From order to certificate at Pebble, with each of its whims.</summary>
public sealed class PebbleOrderTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AcmeChallengeTypes.Http01, false)]
    [InlineData(AcmeChallengeTypes.TlsAlpn01, false)]
    [InlineData(AcmeChallengeTypes.Http01, true)]
    [InlineData(AcmeChallengeTypes.TlsAlpn01, true)]
    public async Task A_certificate_is_issued(string challengeType, bool strict)
    {
        var (ca, pebble) = await RealCa.PebbleAsync(new PebbleOptions { Strict = strict, ValiditySeconds = 3600 });
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        var issued = await ca.IssueAsync(account, "mta-sts.example.test", challengeType);

        Assert.True(RealCa.LeadsTo(issued.Chain, (await pebble.RootPemsAsync())[0]));
        Assert.True(ca.Responder.Asked > 0);
        using var leaf = issued.Chain.LoadLeaf();
        Assert.InRange(leaf.NotAfter - leaf.NotBefore, TimeSpan.FromSeconds(3598), TimeSpan.FromSeconds(3602));
        var clock = ca.Client.LatestClock;
        Assert.NotNull(clock);
        Assert.InRange(clock.Skew, TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Refused_nonces_are_signed_again_and_are_no_failure()
    {
        const int Names = 6;
        var (ca, pebble) = await RealCa.PebbleAsync(new PebbleOptions { RefusedNonces = 50 });
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        for (var number = 0; number < Names; number++)
        {
            await ca.IssueAsync(account, $"mta-sts.d{number}.test");
        }

        Assert.Equal(Names, pebble.Orders);
        Assert.Equal(Names, pebble.Certificates);
        // What is done once for each name was asked for more often: that all of it passed at once is one chance in 2^24.
        var asked = pebble.Output.Split("POST /").Count(line => new[] { "order-plz", "chalZ", "finalize-order", "certZ" }.Any(line.StartsWith));
        Assert.True(asked > 4 * Names, pebble.Output);
    }

    [Fact]
    public async Task A_validation_that_comes_late_is_waited_for()
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { ValidationSleepSeconds = 3 });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(number => ca.IssueAsync(
            account, $"mta-sts.d{number}.test", number % 2 == 0 ? AcmeChallengeTypes.Http01 : AcmeChallengeTypes.TlsAlpn01)));
    }

    [Fact]
    public async Task A_second_order_is_ready_at_once_where_the_CA_reuses_authorizations()
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { ReusedAuthorizations = 100 });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        await ca.IssueAsync(account, "mta-sts.example.test");

        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);

        Assert.Equal(OrderStatus.Ready, order.Status);
        await ca.FinishAsync(account, order);
    }

    [Fact]
    public async Task A_second_order_is_authorized_anew_where_the_CA_reuses_nothing()
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { ReusedAuthorizations = 0 });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        await ca.IssueAsync(account, "mta-sts.example.test");

        // 0 stands for 1 % in Pebble: of four in a row one is new.
        AcmeOrder order;
        var orders = 0;
        do
        {
            Assert.True(orders++ < 4);
            order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);
        }
        while (order.Status != OrderStatus.Pending);

        var asked = ca.Responder.Asked;
        await ca.FinishAsync(account, await ca.AuthorizeAsync(account, order));
        Assert.True(ca.Responder.Asked > asked);
    }

    [Fact]
    public async Task An_IDN_and_a_name_over_64_characters_are_issued_for()
    {
        var (ca, pebble) = await RealCa.PebbleAsync(new PebbleOptions { Strict = true });
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var idn = new IdnMapping().GetAscii("mta-sts.bücher.test");
        // Not 253: with a name twice in it the answer of the DNS server here, which compresses none, must fit in 512 octets.
        var longName = $"mta-sts.{new string('a', 63)}.{new string('b', 63)}.test";

        foreach (var name in new[] { idn, longName })
        {
            var issued = await ca.IssueAsync(account, name, AcmeChallengeTypes.TlsAlpn01);
            using var leaf = issued.Chain.LoadLeaf();
            Assert.True(leaf.MatchesHostname(name, allowWildcards: false, allowCommonName: false));
        }

        Assert.Equal(2, pebble.Certificates);
    }

    [Fact]
    public async Task A_name_that_the_CA_will_not_issue_for_is_the_names_failure_and_stays_so()
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { Blocklist = ["blocked.test"] });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ca.Client.CreateOrderAsync(account, ["mta-sts.blocked.test"], cancellationToken: Cancel));

        Assert.Equal(AcmeErrorTypes.RejectedIdentifier, failure.ErrorType);
        Assert.Equal(AcmeBlame.Name, failure.Blame);
        Assert.False(failure.IsTransient);
    }

    [Theory]
    [InlineData(AcmeChallengeTypes.Http01)]
    [InlineData(AcmeChallengeTypes.TlsAlpn01)]
    public async Task A_wrong_answer_is_the_names_failure_and_the_authorization_says_why(string challengeType)
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        using var other = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);
        var authorization = await ca.Client.GetAuthorizationAsync(account, order.Authorizations[0], Cancel);
        var challenge = authorization.FindChallenge(challengeType)!;
        ca.Responder.Add("mta-sts.example.test", KeyAuthorization.Create(challenge, other));

        await ca.Client.AnswerChallengeAsync(account, challenge.Url, Cancel);
        authorization = await RealCa.UntilAsync(
            () => ca.Client.GetAuthorizationAsync(account, authorization.Url, Cancel), read => read.Status != AuthorizationStatus.Pending);
        order = await ca.Client.GetOrderAsync(account, order.Url, Cancel);

        Assert.Equal(AuthorizationStatus.Invalid, authorization.Status);
        Assert.Equal(OrderStatus.Invalid, order.Status);
        var failure = AcmeException.ForOrder(order, [authorization]);
        Assert.Equal(AcmeBlame.Name, failure.Blame);
        Assert.True(failure.IsTransient);
        Assert.Contains("mta-sts.example.test", failure.Message, StringComparison.Ordinal);
        Assert.NotNull(failure.Problem?.Detail);
    }

    [Fact]
    public async Task An_authorization_that_was_given_up_leaves_an_order_that_is_in_no_state_to_go_on()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);

        var authorization = await ca.Client.DeactivateAuthorizationAsync(account, order.Authorizations[0], Cancel);

        Assert.Equal(AuthorizationStatus.Deactivated, authorization.Status);
        // Pebble's word, which RFC 8555 does not have.
        order = await ca.Client.GetOrderAsync(account, order.Url, Cancel);
        Assert.Equal((OrderStatus.Unknown, "deactivated"), (order.Status, order.StatusWord));
    }

    [Fact]
    public async Task An_order_that_is_not_ready_is_not_finalized_and_the_name_is_not_blamed()
    {
        var (ca, _) = await RealCa.PebbleAsync();
        await using var __ = ca;
        using var key = AccountKey.Create();
        using var certificateKey = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var account = await ca.RegisterAsync(key);
        var order = await ca.Client.CreateOrderAsync(account, ["mta-sts.example.test"], cancellationToken: Cancel);

        var failure = await Assert.ThrowsAsync<AcmeException>(
            () => ca.Client.FinalizeAsync(account, order, AcmeCertificateRequest.Create(["mta-sts.example.test"], certificateKey), Cancel));

        Assert.Equal(AcmeErrorTypes.OrderNotReady, failure.ErrorType);
        Assert.Equal(AcmeBlame.CertificateAuthority, failure.Blame);
        Assert.True(failure.IsTransient);
    }

    [Fact]
    public async Task All_pages_of_the_list_of_orders_are_read()
    {
        var (ca, _) = await RealCa.PebbleAsync(new PebbleOptions { OrdersPerPage = 3 });
        await using var __ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);
        var made = new HashSet<Uri>();
        for (var number = 0; number < 7; number++)
        {
            made.Add((await ca.Client.CreateOrderAsync(account, [$"mta-sts.d{number}.test"], cancellationToken: Cancel)).Url);
        }

        Assert.Equal(made, [.. await ca.Client.ListOrdersAsync(account, cancellationToken: Cancel)]);
        Assert.Equal(4, (await ca.Client.ListOrdersAsync(account, most: 4, Cancel)).Count);
    }

    [Fact]
    public async Task Each_other_chain_of_a_certificate_leads_to_a_root_of_its_own()
    {
        var (ca, pebble) = await RealCa.PebbleAsync(new PebbleOptions { AlternateRoots = 2, ChainLength = 2 });
        await using var _ = ca;
        using var key = AccountKey.Create();
        var account = await ca.RegisterAsync(key);

        var chain = (await ca.IssueAsync(account, "mta-sts.example.test")).Chain;

        Assert.Equal(2, chain.Alternates.Count);
        List<IssuedChain> chains = [chain];
        foreach (var other in chain.Alternates)
        {
            chains.Add(await ca.Client.DownloadAsync(account, other, Cancel));
        }

        var roots = await pebble.RootPemsAsync();
        Assert.All(chains, candidate => Assert.Equal(3, candidate.Certificates.Count));
        Assert.All(chains, candidate => Assert.Equal(chain.Leaf.ToArray(), candidate.Leaf.ToArray()));
        Assert.All(chains, candidate => Assert.Single(roots, root => RealCa.LeadsTo(candidate, root)));
        Assert.All(roots, root => Assert.Single(chains, candidate => RealCa.LeadsTo(candidate, root)));
    }
}
