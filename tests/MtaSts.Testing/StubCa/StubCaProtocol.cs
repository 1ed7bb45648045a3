using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace MtaSts.Testing;

/// <summary>The requests to <see cref="StubCa"/> and its state.</summary>
internal sealed partial class StubCaProtocol(StubCaBehaviour behaviour, TimeProvider time, Func<string> baseUrl, StubIssuer[] issuers)
{
    private const int MaxBody = 65_536;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _nonces = [];
    private readonly List<StubAccount> _accounts = [];
    private readonly List<StubOrderRow> _orders = [];
    private readonly Dictionary<int, StubAuthorization> _authorizations = [];
    private readonly Dictionary<int, StubChallenge> _challenges = [];
    private readonly List<StubCertificate> _certificates = [];
    private readonly Dictionary<int, byte[][]> _chains = [];
    private readonly HashSet<string> _usedBindings = [];
    private readonly Dictionary<StubRequestKind, int> _counts = [];
    private readonly List<(StubRequestKind Kind, StubFailure Failure, int Times)> _failures = [];
    private readonly Random _random = new(8555);
    private int _lastId;
    private int _refusedNonces;
    private StubRequestKind? _kind;

    public string? LatestUserAgent { get; private set; }

    public int RefusedNonces => Locked(() => _refusedNonces);

    public int AccountCount => Locked(() => _accounts.Count);

    public int Count(StubRequestKind kind) => Locked(() => _counts.GetValueOrDefault(kind));

    public IReadOnlyList<StubOrder> Orders() => Locked(() => _orders.ConvertAll(order =>
        new StubOrder(OrderUrl(order), order.Names, StatusOf(order, isRead: false), order.Profile, order.Replaces, order.CreatedAt)));

    public IReadOnlyList<StubCertificate> Certificates() => Locked(() => _certificates.ToList());

    public void Fail(StubRequestKind kind, StubFailure failure, int times) => Locked(() => _failures.Add((kind, failure, times)));

    public void StopFailing() => Locked(_failures.Clear);

    public void ForgetOrders() => Locked(_orders.Clear);

    public void ForgetNonces() => Locked(_nonces.Clear);

    public void ForgetAccounts() => Locked(() =>
    {
        _accounts.Clear();
        _orders.Clear();
        _authorizations.Clear();
        _challenges.Clear();
    });

    public void DeactivateAccounts() => Locked(() => _accounts.ForEach(account => account.Status = "deactivated"));

    public void Revoke(StubCertificate certificate) => Locked(() => certificate.RevocationReason = 0);

    public async Task HandleAsync(HttpContext context)
    {
        if (behaviour.IsDown)
        {
            context.Abort();
            return;
        }

        StubAnswer answer;
        try
        {
            using MemoryStream body = new();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            if (body.Length > MaxBody)
            {
                throw new StubRefusal(413, "malformed", "too long");
            }

            (answer, var validation, var kind) = Locked(() =>
            {
                _kind = null;
                var (answer, validation) = Answer(context.Request, body.ToArray());
                return (answer, validation, _kind);
            });
            if (kind is not null && behaviour.BeforeAnswer is { } beforeAnswer)
            {
                await beforeAnswer(kind.Value);
            }

            if (validation is not null)
            {
                var validating = ValidateAsync(validation);
                if (behaviour.ValidatesInsideRequest)
                {
                    await validating;
                    answer = answer.IsLost ? answer : Locked(() => ChallengeAnswer(validation));
                }
            }
        }
        catch (StubRefusal refusal)
        {
            answer = StubAnswer.Of(refusal);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or CryptographicException)
        {
            answer = StubAnswer.Of(new StubRefusal(400, "malformed", exception.Message));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // A mistake of the stub: told where the test sees it.
            answer = StubAnswer.Of(new StubRefusal(500, "serverInternal", exception.ToString()));
        }

        await WriteAsync(context, answer);
    }

    private async Task WriteAsync(HttpContext context, StubAnswer answer)
    {
        if (answer.IsLost)
        {
            context.Abort();
            return;
        }

        var headers = context.Response.Headers;
        context.Response.StatusCode = answer.Status;
        headers.Date = (time.GetUtcNow() + behaviour.DateOffset).ToString("R", CultureInfo.InvariantCulture);
        headers.CacheControl = "no-store";
        headers["Replay-Nonce"] = Locked(NewNonce);
        headers.Append("Link", $"<{baseUrl()}/directory>;rel=\"index\"");
        foreach (var link in answer.Links)
        {
            headers.Append("Link", link);
        }

        if (answer.Location is not null)
        {
            headers.Location = answer.Location;
        }

        if (answer.RetryAfter is not null)
        {
            headers.RetryAfter = answer.RetryAfter;
        }

        if (!HttpMethods.IsHead(context.Request.Method) && answer.Status != 204)
        {
            context.Response.ContentType = answer.MediaType;
            context.Response.ContentLength = answer.Body.Length;
            await context.Response.Body.WriteAsync(answer.Body);
        }
    }

    private (StubAnswer Answer, StubChallenge? Validation) Answer(HttpRequest request, byte[] body)
    {
        LatestUserAgent = request.Headers.UserAgent.ToString();
        if (LatestUserAgent.Length == 0)
        {
            throw new StubRefusal(400, "malformed", "RFC 8555 6.1: User-Agent is missing");
        }

        var parts = request.Path.Value!.Trim('/').Split('/');
        return HttpMethods.IsPost(request.Method) ? Post(request, parts, body) : (Get(request, parts), null);
    }

    private StubAnswer Get(HttpRequest request, string[] parts)
    {
        var kind = parts switch
        {
            ["directory"] => StubRequestKind.Directory,
            ["new-nonce"] => StubRequestKind.NewNonce,
            ["renewal-info", _] => StubRequestKind.RenewalInfo,
            _ => throw new StubRefusal(405, "malformed", "this is read by POST-as-GET"),
        };
        return Fallible(kind, [], () => kind switch
        {
            StubRequestKind.Directory => StubAnswer.Json(200, Directory()),
            StubRequestKind.NewNonce => new StubAnswer(HttpMethods.IsHead(request.Method) ? 200 : 204, "", []),
            _ => RenewalInfo(parts[1]),
        });
    }

    private (StubAnswer Answer, StubChallenge? Validation) Post(HttpRequest request, string[] parts, byte[] body)
    {
        if (request.ContentType != "application/jose+json")
        {
            throw new StubRefusal(415, "malformed", "application/jose+json is needed");
        }

        var jws = StubJws.Read(body);
        TakeNonce(jws);
        jws.RequireUrl(baseUrl() + request.Path + request.QueryString);
        StubChallenge? validation = null;
        var answer = parts switch
        {
            ["new-account"] => NewAccount(jws),
            ["revoke"] => Revoke(jws),
            _ => Authenticated(request, parts, jws, AccountOf(jws), out validation),
        };
        return (answer, validation);
    }

    private StubAnswer Authenticated(HttpRequest request, string[] parts, StubJws jws, StubAccount account, out StubChallenge? validation)
    {
        validation = null;
        switch (parts)
        {
            case ["account", var id]:
                return Fallible(StubRequestKind.Account, [], () => Account(jws, id == account.Id.ToString(CultureInfo.InvariantCulture) ? account
                    : throw new StubRefusal(403, "unauthorized", "another account")));
            case ["account", _, "orders"]:
                return Fallible(StubRequestKind.Orders, [], () => OrderList(jws, account, request.Query["from"]));
            case ["key-change"]:
                return Fallible(StubRequestKind.KeyChange, [], () => KeyChange(jws, account));
            case ["new-order"]:
                var wanted = jws.PayloadJson();
                List<string> names = [.. wanted.GetProperty("identifiers").EnumerateArray().Select(item => item.GetProperty("value").GetString()!)];
                return Fallible(StubRequestKind.NewOrder, names, () => NewOrder(wanted, names, account));
            case ["order", var id]:
                var order = Own(_orders.FirstOrDefault(order => order.Id == Number(id)), account, order => order.Account);
                return Fallible(StubRequestKind.Order, order.Names, () => OrderAnswer(order, Read(jws, 200)));
            case ["order", var id, "finalize"]:
                var finalized = Own(_orders.FirstOrDefault(order => order.Id == Number(id)), account, order => order.Account);
                return Fallible(StubRequestKind.Finalize, finalized.Names, () => Finalize(jws, finalized));
            case ["authorization", var id]:
                var authorization = Own(_authorizations.GetValueOrDefault(Number(id)), account, authorization => authorization.Account);
                return Fallible(StubRequestKind.Authorization, [authorization.Name], () => Authorization(jws, authorization));
            case ["challenge", var id]:
                var challenge = Own(_challenges.GetValueOrDefault(Number(id)), account, challenge => challenge.Authorization.Account);
                StubChallenge? begun = null;
                var answer = Fallible(
                    jws.IsRead ? StubRequestKind.Challenge : StubRequestKind.AnswerChallenge, [challenge.Authorization.Name],
                    () => AnswerChallenge(jws, challenge, ref begun));
                validation = begun;
                return answer;
            case ["certificate", var id, .. var chain]:
                var certificate = _certificates.FirstOrDefault(certificate => certificate.Id == Number(id) && certificate.AccountId == account.Id)
                    ?? throw new StubRefusal(404, "malformed", "no such certificate");
                Read(jws, 200);
                return Fallible(StubRequestKind.Certificate, certificate.Names, () => Chain(certificate, chain is [var alternate] ? Number(alternate) : 0));
            default:
                throw new StubRefusal(404, "malformed", "no such resource");
        }
    }

    /// <summary>Counts the request and lets it fail where the test wants it.</summary>
    private StubAnswer Fallible(StubRequestKind kind, IReadOnlyList<string> names, Func<StubAnswer> carryOut)
    {
        _kind = kind;
        _counts[kind] = _counts.GetValueOrDefault(kind) + 1;
        var at = _failures.FindIndex(failure => failure.Kind == kind && (failure.Failure.Name is null || names.Contains(failure.Failure.Name)));
        if (at < 0)
        {
            RequireAgreement(kind);
            return carryOut();
        }

        var (_, failure, times) = _failures[at];
        if (times == 1)
        {
            _failures.RemoveAt(at);
        }
        else
        {
            _failures[at] = (kind, failure, times - 1);
        }

        if (failure.IsCarriedOut)
        {
            carryOut();
        }

        return StubAnswer.Of(failure);
    }

    private void RequireAgreement(StubRequestKind kind)
    {
        if (behaviour.NeedsAgreement && kind is (StubRequestKind.NewOrder or StubRequestKind.Finalize or StubRequestKind.AnswerChallenge))
        {
            throw new StubRefusal(403, new StubProblem("userActionRequired", "Terms of service have changed") { Instance = "https://stub-ca.example/agree" })
            {
                Link = $"<{behaviour.TermsOfService}>;rel=\"terms-of-service\"",
            };
        }
    }

    private Dictionary<string, object> Directory()
    {
        var root = baseUrl();
        Dictionary<string, object> directory = new()
        {
            ["newNonce"] = root + "/new-nonce",
            ["newAccount"] = root + "/new-account",
            ["newOrder"] = root + "/new-order",
            ["revokeCert"] = root + "/revoke",
            // RFC 8555 §7.1.1 is open for more; Let's Encrypt has such a member.
            ["kXpm7Zq2Rj0"] = "https://stub-ca.example/adding-random-entries-to-the-directory",
        };
        if (behaviour.HasKeyChange)
        {
            directory["keyChange"] = root + "/key-change";
        }

        if (behaviour.HasRenewalInfo)
        {
            directory["renewalInfo"] = root + "/renewal-info";
        }

        Dictionary<string, object?> meta = [];
        if (behaviour.HasMeta)
        {
            meta["termsOfService"] = behaviour.TermsOfService;
            meta["website"] = "https://stub-ca.example/";
            meta["caaIdentities"] = behaviour.CaaIdentities;
            meta["externalAccountRequired"] = behaviour.ExternalAccountKeys.Count > 0;
            if (behaviour.Profiles.Count > 0)
            {
                meta["profiles"] = behaviour.Profiles;
            }
        }

        directory["meta"] = meta;
        return directory;
    }

    private StubAccount AccountOf(StubJws jws)
    {
        if (jws.KeyId is not { } keyId || jws.Header.TryGetProperty("jwk", out _))
        {
            throw new StubRefusal(400, "malformed", "kid and not jwk is needed here");
        }

        var account = _accounts.Find(account => AccountUrl(account) == keyId) ?? throw new StubRefusal(400, "accountDoesNotExist", $"no account {keyId}");
        jws.Verify(account.Key);
        return account.Status == "valid" ? account : throw new StubRefusal(403, "unauthorized", "the account is deactivated");
    }

    private void TakeNonce(StubJws jws)
    {
        if (jws.Nonce is { } nonce && _nonces.Remove(nonce) && _random.NextDouble() >= behaviour.NonceRefusalRate)
        {
            return;
        }

        _refusedNonces++;
        throw new StubRefusal(400, "badNonce", "the nonce is not good");
    }

    private string NewNonce()
    {
        var nonce = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
        _nonces.Add(nonce);
        return nonce;
    }

    /// <summary>RFC 8555 §6.3: a read has an empty payload.</summary>
    private static int Read(StubJws jws, int status) =>
        jws.IsRead ? status : throw new StubRefusal(400, "malformed", "POST-as-GET has an empty payload");

    private static T Own<T>(T? row, StubAccount account, Func<T, StubAccount> owner)
        where T : class =>
        row is null ? throw new StubRefusal(404, "malformed", "no such resource")
            : owner(row) == account ? row
            : throw new StubRefusal(403, "unauthorized", "another account's");

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Identifier(string name) => new() { ["type"] = "dns", ["value"] = name };

    private static void AddIfAny(Dictionary<string, object?> json, string name, object? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }

    private string AccountUrl(StubAccount account) => $"{baseUrl()}/account/{account.Id}";

    private string OrderUrl(StubOrderRow order) => $"{baseUrl()}/order/{order.Id}";

    private T Locked<T>(Func<T> read)
    {
        lock (_lock)
        {
            return read();
        }
    }

    private void Locked(Action write)
    {
        lock (_lock)
        {
            write();
        }
    }
}
