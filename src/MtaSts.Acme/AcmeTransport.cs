namespace MtaSts.Acme;

/// <summary>Signed requests to one CA: directory, nonces, and the one repetition that the protocol asks for (RFC 8555 §6.5).</summary>
internal sealed class AcmeTransport(HttpExchange exchange, Uri directoryUrl, TimeProvider time) : IDisposable
{
    private const string Json = "application/json";

    private static readonly TimeSpan DirectoryAge = TimeSpan.FromDays(1);
    private static readonly TimeSpan DirectoryFloor = TimeSpan.FromMinutes(1);

    private readonly NoncePool _nonces = new(time);
    private readonly CancellationTokenSource _end = new();
    private readonly Lock _lock = new();
    private (AcmeDirectory Directory, long At)? _directory;
    private Task<AcmeDirectory>? _reading;

    public Task<AcmeDirectory> GetDirectoryAsync(CancellationToken cancellationToken) => GetDirectoryAsync(DirectoryAge, cancellationToken);

    public async Task<AcmeResponse> GetAsync(string operation, Uri url, CancellationToken cancellationToken) =>
        Checked(await exchange.SendAsync(operation, HttpMethod.Get, url, null, Json, cancellationToken));

    /// <summary>Posts to an operation of the directory. Where it is gone, the directory has changed before its day was over.</summary>
    public async Task<AcmeResponse> PostAsync(
        string operation, Func<AcmeDirectory, Uri?> endpoint, JwsKey key, Uri? keyId, Func<Uri, byte[]> payload, CancellationToken cancellationToken)
    {
        var url = await EndpointAsync(operation, endpoint, cancellationToken);
        try
        {
            return await PostAsync(operation, url, key, keyId, payload(url), Json, cancellationToken);
        }
        catch (AcmeException exception) when (exception.HttpStatus is 404 or 405)
        {
            var directory = await GetDirectoryAsync(DirectoryFloor, cancellationToken);
            if (endpoint(directory) is not { } moved || moved == url)
            {
                throw;
            }

            // Not carried out at the old place, so this is no second order.
            return await PostAsync(operation, moved, key, keyId, payload(moved), Json, cancellationToken);
        }
    }

    public async Task<AcmeResponse> PostAsync(
        string operation, Uri url, JwsKey key, Uri? keyId, byte[] payload, string accept, CancellationToken cancellationToken)
    {
        // The first from the pool; after a refusal the nonce of that very answer (RFC 8555 §6.5: MUST).
        var nonce = _nonces.Take();
        for (var attempt = 1; ; attempt++)
        {
            nonce ??= await NewNonceAsync(cancellationToken);
            var body = Jws.Sign(key, keyId, nonce, url, payload);
            var answer = await exchange.SendAsync(operation, HttpMethod.Post, url, body, accept, cancellationToken);
            try
            {
                var checkedAnswer = Checked(answer);
                Keep(answer.Nonce);
                return checkedAnswer;
            }
            catch (AcmeException exception) when (exception.ErrorType == AcmeErrorTypes.BadNonce && attempt < AcmeLimits.MaxNonceAttempts)
            {
                nonce = answer.Nonce;
            }
            catch (AcmeException)
            {
                Keep(answer.Nonce);
                throw;
            }
        }
    }

    public async Task<Uri> EndpointAsync(string operation, Func<AcmeDirectory, Uri?> endpoint, CancellationToken cancellationToken)
    {
        var url = endpoint(await GetDirectoryAsync(cancellationToken)) ?? endpoint(await GetDirectoryAsync(DirectoryFloor, cancellationToken));
        return url ?? throw AcmeException.Unsupported(operation);
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    /// <remarks>
    /// Hundreds of names that start together ask once and share the answer, a failure too: one after the other they would each wait for a
    /// timeout. Who asks cannot cancel what others wait for.
    /// </remarks>
    private Task<AcmeDirectory> GetDirectoryAsync(TimeSpan maxAge, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var end = _end.Token;
            return _directory is { } known && time.GetElapsedTime(known.At) < maxAge
                ? Task.FromResult(known.Directory)
                : (_reading ??= Task.Run(() => ReadDirectoryAsync(end), end)).WaitAsync(cancellationToken);
        }
    }

    private async Task<AcmeDirectory> ReadDirectoryAsync(CancellationToken end)
    {
        try
        {
            var directory = ResourceReader.Directory(await GetAsync(AcmeOperations.Directory, directoryUrl, end));
            lock (_lock)
            {
                _directory = (directory, time.GetTimestamp());
            }

            return directory;
        }
        finally
        {
            lock (_lock)
            {
                _reading = null;
            }
        }
    }

    private async Task<string> NewNonceAsync(CancellationToken cancellationToken)
    {
        var url = (await GetDirectoryAsync(cancellationToken)).NewNonce;
        var answer = await exchange.SendAsync(AcmeOperations.NewNonce, HttpMethod.Head, url, null, Json, cancellationToken);
        if (answer.Status is 404 or 405 && (await GetDirectoryAsync(DirectoryFloor, cancellationToken)).NewNonce is { } moved && moved != url)
        {
            answer = await exchange.SendAsync(AcmeOperations.NewNonce, HttpMethod.Head, moved, null, Json, cancellationToken);
        }

        return Checked(answer).Nonce ?? throw AcmeException.Garbage(AcmeOperations.NewNonce, url, "there is no nonce in it");
    }

    private void Keep(string? nonce)
    {
        if (nonce is not null)
        {
            _nonces.Add(nonce);
        }
    }

    private AcmeResponse Checked(AcmeResponse answer)
    {
        if (answer.Status is < 200 or >= 300)
        {
            throw AcmeException.Answered(answer, time.GetUtcNow());
        }

        return answer.IsTooLong
            ? throw AcmeException.Garbage(answer.Operation, answer.Url, $"it has over {AcmeLimits.MaxAnswerBytes} octets")
            : answer;
    }
}
