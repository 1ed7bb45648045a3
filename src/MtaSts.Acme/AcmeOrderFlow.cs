using System.Security.Cryptography;

namespace MtaSts.Acme;

/// <summary>
/// From names to a chain in one call, for programs with few names: order, authorizations, challenges, finalize, download, check. A program that
/// must survive its own end in the middle drives <see cref="AcmeClient"/> itself and stores each step before the next. Safe from any thread.
/// </summary>
public sealed class AcmeOrderFlow
{
    private const int FinalizeAttempts = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    private readonly AcmeClient _client;
    private readonly IReadOnlyList<IChallengeSolver> _solvers;
    private readonly TimeProvider _time;
    private readonly TimeSpan _patience;

    /// <summary>Makes a flow; asks nothing yet.</summary>
    /// <param name="client">The CA.</param>
    /// <param name="solvers">The first whose type the CA offers for a name is taken.</param>
    /// <param name="time">The own clock.</param>
    /// <param name="patience">How long to wait for one validation, and for one certificate; 5 minutes where null.</param>
    public AcmeOrderFlow(AcmeClient client, IEnumerable<IChallengeSolver> solvers, TimeProvider time, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        ArgumentNullException.ThrowIfNull(solvers);
        ArgumentNullException.ThrowIfNull(time);
        _client = client;
        _solvers = [.. solvers];
        _time = time;
        _patience = patience ?? TimeSpan.FromMinutes(5);
    }

    /// <summary>Orders a certificate and brings it home.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="names">Lower-case A-labels without final dot.</param>
    /// <param name="key">The certificate's own key, new for each certificate. Store it first.</param>
    /// <param name="profile">One of the CA's profiles, or null.</param>
    /// <param name="replaces">The <see cref="CertId"/> of the certificate that this one renews, or null. Left out where the CA does not take it.</param>
    /// <param name="cancellationToken">Ends the work; answers to challenges are taken down.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<IssuedChain> IssueAsync(
        AcmeAccount account, IReadOnlyCollection<string> names, ECDsa key, string? profile = null, string? replaces = null, CancellationToken cancellationToken = default)
    {
        var order = await OrderAsync(account, names, profile, replaces, cancellationToken);
        return await ResumeAsync(account, order, key, cancellationToken);
    }

    /// <summary>Goes on with an order in whatever state it is, as after a failure on the way to the CA.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="order">The order as last read.</param>
    /// <param name="key">The certificate's own key. For an order that is finalized already it must be the same as then.</param>
    /// <param name="cancellationToken">Ends the work; answers to challenges are taken down.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<IssuedChain> ResumeAsync(AcmeAccount account, AcmeOrder order, ECDsa key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(key);
        if (order.Status == OrderStatus.Pending)
        {
            await AuthorizeAsync(account, order, cancellationToken);
            order = await _client.GetOrderAsync(account, order.Url, cancellationToken);
            if (order.Status == OrderStatus.Pending)
            {
                order = await UntilAsync(
                    () => _client.GetOrderAsync(account, order.Url, cancellationToken), read => read.Status != OrderStatus.Pending, "the order", cancellationToken,
                    order.RetryAfter);
            }
        }

        List<string> names = [.. order.Identifiers.Select(identifier => identifier.Value)];
        order = await FinalizeAsync(account, order, AcmeCertificateRequest.Create(names, key), cancellationToken);
        if (order is not { Status: OrderStatus.Valid, Certificate: { } certificate })
        {
            throw AcmeException.ForOrder(order, await ReadAuthorizationsAsync(account, order, cancellationToken));
        }

        var chain = await _client.DownloadAsync(account, certificate, cancellationToken);
        chain.Verify(key.ExportSubjectPublicKeyInfo(), names, _time.GetUtcNow());
        return chain;
    }

    private async Task<AcmeOrder> OrderAsync(
        AcmeAccount account, IReadOnlyCollection<string> names, string? profile, string? replaces, CancellationToken cancellationToken)
    {
        try
        {
            return await _client.CreateOrderAsync(account, names, profile, replaces, cancellationToken);
        }
        catch (AcmeException exception) when (replaces is not null && exception.Blame is not (AcmeBlame.RateLimit or AcmeBlame.CertificateAuthority))
        {
            // RFC 9773 §5 makes it a courtesy. A renewal that is refused for its sake would be refused each time.
            return await _client.CreateOrderAsync(account, names, profile, replaces: null, cancellationToken);
        }
    }

    private async Task AuthorizeAsync(AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        foreach (var url in order.Authorizations)
        {
            var authorization = await _client.GetAuthorizationAsync(account, url, cancellationToken);
            if (authorization.Status == AuthorizationStatus.Pending)
            {
                authorization = await SolveAsync(account, authorization, cancellationToken);
            }

            if (authorization.Status != AuthorizationStatus.Valid)
            {
                throw AcmeException.ForAuthorization(authorization);
            }
        }
    }

    private async Task<AcmeAuthorization> SolveAsync(AcmeAccount account, AcmeAuthorization authorization, CancellationToken cancellationToken)
    {
        var name = authorization.Identifier.Value;
        // One challenge only: a second one is a second way to fail (RFC 8555 §7.1.6: any that fails makes the authorization invalid).
        var (solver, challenge) = _solvers.Select(solver => (solver, challenge: authorization.FindChallenge(solver.ChallengeType)))
            .FirstOrDefault(pair => pair.challenge is not null);
        if (challenge is null)
        {
            throw AcmeException.NoWay($"{PlainText.Cut(name, 253)}: the CA offers none of the challenges that can be answered here");
        }

        var answer = KeyAuthorization.Create(challenge, account.Key);
        try
        {
            await solver.PutUpAsync(name, answer, cancellationToken);
            if (challenge.Status == ChallengeStatus.Pending)
            {
                challenge = await _client.AnswerChallengeAsync(account, challenge.Url, cancellationToken);
            }

            return await UntilAsync(
                () => _client.GetAuthorizationAsync(account, authorization.Url, cancellationToken), read => read.Status != AuthorizationStatus.Pending,
                $"the validation of {PlainText.Cut(name, 253)}", cancellationToken, challenge.RetryAfter);
        }
        finally
        {
            await solver.TakeDownAsync(name, answer, CancellationToken.None);
        }
    }

    private async Task<AcmeOrder> FinalizeAsync(AcmeAccount account, AcmeOrder order, byte[] request, CancellationToken cancellationToken)
    {
        for (var attempt = 1; order.Status == OrderStatus.Ready; attempt++)
        {
            try
            {
                order = await _client.FinalizeAsync(account, order, request, cancellationToken);
            }
            catch (AcmeException exception) when (attempt < FinalizeAttempts && (exception.AnswerWasLost || exception.ErrorType == AcmeErrorTypes.OrderNotReady))
            {
                // It may have been carried out; the order knows.
                await Task.Delay(FirstPause, _time, cancellationToken);
                order = await _client.GetOrderAsync(account, order.Url, cancellationToken);
            }
        }

        return order.Status != OrderStatus.Processing
            ? order
            : await UntilAsync(() => _client.GetOrderAsync(account, order.Url, cancellationToken), read => read.Status != OrderStatus.Processing, "the certificate", cancellationToken, order.RetryAfter);
    }

    private async Task<IReadOnlyList<AcmeAuthorization>> ReadAuthorizationsAsync(AcmeAccount account, AcmeOrder order, CancellationToken cancellationToken)
    {
        var authorizations = new List<AcmeAuthorization>();
        foreach (var url in order.Authorizations)
        {
            authorizations.Add(await _client.GetAuthorizationAsync(account, url, cancellationToken));
        }

        return authorizations;
    }

    /// <summary>Reads after 1 s, 2 s, 4 s … 15 s, or when the CA says.</summary>
    private async Task<T> UntilAsync<T>(
        Func<Task<T>> read, Func<T, bool> isDone, string what, CancellationToken cancellationToken, TimeSpan? retryAfter = null)
        where T : AcmeResource
    {
        var began = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 > LongestPause ? LongestPause : pause * 2)
        {
            if (_time.GetElapsedTime(began) + (retryAfter ?? pause) > _patience)
            {
                throw AcmeException.TooSlow(what, retryAfter, _time.GetUtcNow());
            }

            await Task.Delay(retryAfter ?? pause, _time, cancellationToken);
            var resource = await read();
            if (isDone(resource))
            {
                return resource;
            }

            retryAfter = resource.RetryAfter;
        }
    }
}
