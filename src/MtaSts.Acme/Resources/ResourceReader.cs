using System.Text.Json;

namespace MtaSts.Acme;

/// <summary>Bodies of answers to resources. A body that is not what it should be is an <see cref="AcmeException"/>, whatever is wrong with it.</summary>
internal static class ResourceReader
{
    public static T Read<T>(AcmeResponse answer, Func<AcmeJson, T> read) =>
        ReadAny(answer, root => read(AcmeJson.Object(root, answer.Url, "the answer")));

    public static T ReadAny<T>(AcmeResponse answer, Func<JsonElement, T> read)
    {
        try
        {
            using var document = AcmeJson.Parse(answer.Body);
            return read(document.RootElement);
        }
        catch (Exception exception) when (AcmeJson.IsFaultOfTheText(exception))
        {
            throw AcmeException.Garbage(answer.Operation, answer.Url, exception is FormatException ? exception.Message : "the answer is not JSON");
        }
    }

    public static AcmeDirectory Directory(AcmeResponse answer) => Read(answer, json =>
    {
        var meta = json.Member("meta");
        return new AcmeDirectory
        {
            Url = answer.Url,
            RetryAfter = answer.RetryAfter,
            ServerDate = answer.Date,
            NewNonce = json.RequiredUrl("newNonce"),
            NewAccount = json.RequiredUrl("newAccount"),
            NewOrder = json.RequiredUrl("newOrder"),
            RevokeCert = json.Url("revokeCert"),
            KeyChange = json.Url("keyChange"),
            RenewalInfo = json.Url("renewalInfo"),
            TermsOfService = meta?.UrlForPeople("termsOfService"),
            Website = meta?.UrlForPeople("website"),
            CaaIdentities = meta?.Words("caaIdentities") ?? [],
            ExternalAccountRequired = meta?.Flag("externalAccountRequired") ?? false,
            Profiles = meta?.Map("profiles") ?? new Dictionary<string, string>(),
        };
    });

    public static AcmeAccountState Account(AcmeResponse answer, AcmeAccount account) => Read(answer, json =>
    {
        var word = json.RequiredText("status");
        return new AcmeAccountState
        {
            Url = account.Url,
            RetryAfter = answer.RetryAfter,
            ServerDate = answer.Date,
            Account = account,
            Created = answer.Status == 201,
            Status = word switch
            {
                "valid" => AccountStatus.Valid,
                "deactivated" => AccountStatus.Deactivated,
                "revoked" => AccountStatus.Revoked,
                _ => AccountStatus.Unknown,
            },
            StatusWord = PlainText.Cut(word, 40),
            Contacts = json.Words("contact"),
            Orders = json.Url("orders"),
        };
    });

    public static AcmeOrder Order(AcmeResponse answer, Uri url) => Read(answer, json =>
    {
        var word = json.RequiredText("status");
        return new AcmeOrder
        {
            Url = url,
            RetryAfter = answer.RetryAfter,
            ServerDate = answer.Date,
            Status = word switch
            {
                "pending" => OrderStatus.Pending,
                "ready" => OrderStatus.Ready,
                "processing" => OrderStatus.Processing,
                "valid" => OrderStatus.Valid,
                "invalid" => OrderStatus.Invalid,
                _ => OrderStatus.Unknown,
            },
            StatusWord = PlainText.Cut(word, 40),
            Expires = json.Time("expires"),
            Identifiers = json.List("identifiers", item => Identifier(AcmeJson.Object(item, answer.Url, "an identifier"))),
            Authorizations = json.Urls("authorizations"),
            Finalize = json.RequiredUrl("finalize"),
            Certificate = json.Url("certificate"),
            Profile = json.Text("profile"),
            Replaces = json.Text("replaces"),
            Error = json.Problem("error"),
        };
    });

    public static AcmeAuthorization Authorization(AcmeResponse answer) => Read(answer, json =>
    {
        var word = json.RequiredText("status");
        return new AcmeAuthorization
        {
            Url = answer.Url,
            RetryAfter = answer.RetryAfter,
            ServerDate = answer.Date,
            Status = word switch
            {
                "pending" => AuthorizationStatus.Pending,
                "valid" => AuthorizationStatus.Valid,
                "invalid" => AuthorizationStatus.Invalid,
                "deactivated" => AuthorizationStatus.Deactivated,
                "expired" => AuthorizationStatus.Expired,
                "revoked" => AuthorizationStatus.Revoked,
                _ => AuthorizationStatus.Unknown,
            },
            StatusWord = PlainText.Cut(word, 40),
            Identifier = Identifier(json.Member("identifier") ?? throw new FormatException("\"identifier\" is missing")),
            Wildcard = json.Flag("wildcard"),
            Expires = json.Time("expires"),
            Challenges = json.List("challenges", item => Challenge(AcmeJson.Object(item, answer.Url, "a challenge"))),
        };
    });

    public static AcmeChallenge Challenge(AcmeResponse answer) =>
        Read(answer, json => Challenge(json) with { RetryAfter = answer.RetryAfter, ServerDate = answer.Date });

    /// <remarks>RFC 8555 §7.1.2.1 has an object; some CAs answer with the bare list.</remarks>
    public static IReadOnlyList<Uri> OrderList(AcmeResponse answer) => ReadAny(answer, root => root.ValueKind == JsonValueKind.Array
        ? AcmeJson.Items(root, "orders", item => AcmeJson.UrlOf(item, answer.Url, "orders"))
        : AcmeJson.Object(root, answer.Url, "the answer").Urls("orders"));

    public static RenewalInfo RenewalInfo(AcmeResponse answer) => Read(answer, json =>
    {
        var window = json.Member("suggestedWindow") ?? throw new FormatException("\"suggestedWindow\" is missing");
        var start = window.Time("start") ?? throw new FormatException("\"start\" is missing");
        var end = window.Time("end") ?? throw new FormatException("\"end\" is missing");
        return new RenewalInfo
        {
            Url = answer.Url,
            RetryAfter = answer.RetryAfter < AcmeLimits.MinRenewalInfoRetryAfter ? AcmeLimits.MinRenewalInfoRetryAfter : answer.RetryAfter,
            ServerDate = answer.Date,
            Start = start,
            // RFC 9773 §4.2: a window whose end is not after its start is an error of the server.
            End = end > start ? end : throw new FormatException("the window ends before it starts"),
            Explanation = json.UrlForPeople("explanationURL"),
        };
    });

    private static AcmeChallenge Challenge(AcmeJson json)
    {
        var word = json.RequiredText("status");
        var token = json.Text("token", AcmeLimits.MaxTokenLength);
        if (token is not null && !KeyAuthorization.IsToken(token))
        {
            // RFC 8555 §8.1. It would become part of a path, and of a row's key.
            throw new FormatException("\"token\" is not base64url");
        }

        return new AcmeChallenge
        {
            Url = json.RequiredUrl("url"),
            Type = PlainText.Cut(json.RequiredText("type"), 40),
            Status = word switch
            {
                "pending" => ChallengeStatus.Pending,
                "processing" => ChallengeStatus.Processing,
                "valid" => ChallengeStatus.Valid,
                "invalid" => ChallengeStatus.Invalid,
                _ => ChallengeStatus.Unknown,
            },
            StatusWord = PlainText.Cut(word, 40),
            Token = token,
            Validated = json.Time("validated"),
            Error = json.Problem("error"),
        };
    }

    private static AcmeIdentifier Identifier(AcmeJson json) => new(PlainText.Cut(json.RequiredText("type"), 40), json.RequiredText("value"));
}
