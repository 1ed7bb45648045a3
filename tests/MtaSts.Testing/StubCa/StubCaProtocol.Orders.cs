using System.Text.Json;

namespace MtaSts.Testing;

/// <content>Orders, authorizations, challenges.</content>
internal sealed partial class StubCaProtocol
{
    private StubAnswer NewOrder(JsonElement wanted, List<string> names, StubAccount account)
    {
        RefuseNames(names);
        var profile = wanted.TryGetProperty("profile", out var profileJson) ? profileJson.GetString() : null;
        if (profile is not null && !behaviour.Profiles.ContainsKey(profile))
        {
            throw new StubRefusal(400, "invalidProfile", $"there is no profile {profile}");
        }

        var replaces = wanted.TryGetProperty("replaces", out var replacesJson) ? replacesJson.GetString() : null;
        CheckReplaces(replaces, names, account);
        if (behaviour.ReusesOrders && _orders.Find(order => order.Account == account && order.Names.ToHashSet().SetEquals(names)
            && order.Profile == profile && StatusOf(order, isRead: false) is ("pending" or "ready")) is { } known)
        {
            return OrderAnswer(known, 201);
        }

        StubOrderRow order = new()
        {
            Id = ++_lastId,
            Account = account,
            Names = names,
            Authorizations = names.ConvertAll(name => AuthorizationFor(name, account)),
            CreatedAt = time.GetUtcNow(),
            Expires = time.GetUtcNow().AddDays(7),
            Profile = profile,
            Replaces = replaces,
        };
        _orders.Add(order);
        return OrderAnswer(order, 201);
    }

    private void RefuseNames(List<string> names)
    {
        foreach (var name in names)
        {
            if (name.Length is 0 or > 253 || name.Any(char.IsAsciiLetterUpper) || name.EndsWith('.') || !name.All(char.IsAscii))
            {
                throw new StubRefusal(400, "malformed", $"{name} is not a DNS name in A-labels");
            }
        }

        List<string> rejected = [.. names.Where(behaviour.RejectedNames.Contains)];
        if (rejected.Count > 0)
        {
            throw new StubRefusal(400, new StubProblem("rejectedIdentifier", "The CA will not issue for these names")
            {
                Subproblems = rejected.ConvertAll(name => (name, new StubProblem("rejectedIdentifier", "forbidden by policy"))),
            });
        }

        if (names.Find(behaviour.PausedNames.Contains) is { } paused)
        {
            throw new StubRefusal(429, "rateLimited", $"The account may not order {paused}. To lift this visit https://stub-ca.example/unpause?name={paused}");
        }
    }

    private void CheckReplaces(string? replaces, List<string> names, StubAccount account)
    {
        if (replaces is null)
        {
            return;
        }

        // RFC 9773 §5.
        var predecessor = _certificates.Find(certificate => certificate.CertId == replaces) ?? throw new StubRefusal(404, "malformed", "the replaced certificate is unknown");
        if (predecessor.AccountId != account.Id)
        {
            throw new StubRefusal(403, "unauthorized", "requester account did not request the certificate being replaced by this order");
        }

        if (!predecessor.Names.Intersect(names).Any())
        {
            throw new StubRefusal(400, "malformed", "the replaced certificate has none of these names");
        }

        if (predecessor.IsReplaced)
        {
            throw new StubRefusal(409, "alreadyReplaced", "the certificate has been replaced already");
        }
    }

    private StubAuthorization AuthorizationFor(string name, StubAccount account)
    {
        if (behaviour.ReusesAuthorizations && _authorizations.Values.LastOrDefault(
            authorization => authorization.Account == account && authorization.Name == name && authorization is { Status: "valid", PendingReads: 0 }) is { } valid)
        {
            return valid;
        }

        StubAuthorization authorization = new() { Id = ++_lastId, Account = account, Name = name, Expires = time.GetUtcNow().AddDays(7), Challenges = [] };
        var types = behaviour.ChallengeTypes.ToArray();
        _random.Shuffle(types);
        authorization.Challenges = [.. types.Select(type => new StubChallenge { Id = ++_lastId, Type = type, Authorization = authorization })];
        _authorizations[authorization.Id] = authorization;
        foreach (var challenge in authorization.Challenges)
        {
            _challenges[challenge.Id] = challenge;
        }

        return authorization;
    }

    private StubAnswer OrderAnswer(StubOrderRow order, int status)
    {
        var word = StatusOf(order, isRead: true);
        Dictionary<string, object?> json = new()
        {
            ["status"] = word,
            ["expires"] = Time(order.Expires),
            ["identifiers"] = order.Names.Select(Identifier).ToList(),
            ["authorizations"] = order.Authorizations.Select(authorization => $"{baseUrl()}/authorization/{authorization.Id}").ToList(),
            ["finalize"] = OrderUrl(order) + "/finalize",
        };
        AddIfAny(json, "profile", order.Profile);
        AddIfAny(json, "replaces", order.Replaces);
        AddIfAny(json, "error", order.Error?.ToJson(403));
        AddIfAny(json, "certificate", word == "valid" ? $"{baseUrl()}/certificate/{order.Certificate!.Id}" : null);
        return StubAnswer.Json(status, json) with
        {
            Location = status == 201 ? OrderUrl(order) : null,
            RetryAfter = word is "pending" or "processing" ? behaviour.ResourceRetryAfter : null,
        };
    }

    private string StatusOf(StubOrderRow order, bool isRead)
    {
        if (behaviour.OrderStatusWord is { } word)
        {
            return word;
        }

        if (order.Error is not null)
        {
            return "invalid";
        }

        if (order.IsFinalized)
        {
            if (order.ProcessingReads > 0)
            {
                order.ProcessingReads -= isRead ? 1 : 0;
                return "processing";
            }

            return "valid";
        }

        var states = order.Authorizations.Select(authorization => VisibleStatus(authorization)).ToList();
        return order.Expires <= time.GetUtcNow() || states.Exists(state => state is not ("pending" or "valid")) ? "invalid"
            : states.TrueForAll(state => state == "valid") ? "ready"
            : "pending";
    }

    private static string VisibleStatus(StubAuthorization authorization) => authorization.PendingReads > 0 ? "pending" : authorization.Status;

    private StubAnswer Authorization(StubJws jws, StubAuthorization authorization)
    {
        if (!jws.IsRead)
        {
            authorization.Status = jws.PayloadJson().GetProperty("status").GetString() == "deactivated" ? "deactivated" : throw new StubRefusal(400, "malformed", "only deactivated can be asked for");
        }

        var status = VisibleStatus(authorization);
        authorization.PendingReads -= authorization.PendingReads > 0 ? 1 : 0;
        return StubAnswer.Json(200, new Dictionary<string, object?>
        {
            ["status"] = status,
            ["expires"] = Time(authorization.Expires),
            ["identifier"] = Identifier(authorization.Name),
            ["challenges"] = authorization.Challenges.Select(challenge => Challenge(challenge, isHidden: status == "pending")).ToList(),
        }) with
        { RetryAfter = status == "pending" ? behaviour.ResourceRetryAfter : null };
    }

    private StubAnswer AnswerChallenge(StubJws jws, StubChallenge challenge, ref StubChallenge? validation)
    {
        if (!jws.IsRead)
        {
            // RFC 8555 §7.5.1: an object, empty for the challenges of the RFC.
            if (jws.PayloadJson().EnumerateObject().Any())
            {
                throw new StubRefusal(400, "malformed", "the payload must be {}");
            }

            if (challenge.Authorization.Status != "pending")
            {
                throw new StubRefusal(400, "malformed", $"the authorization is {challenge.Authorization.Status}");
            }

            if (challenge.Status == "pending")
            {
                challenge.Status = "processing";
                challenge.Authorization.PendingReads = behaviour.PendingReads;
                validation = challenge;
            }
        }

        return ChallengeAnswer(challenge);
    }

    private StubAnswer ChallengeAnswer(StubChallenge challenge) =>
        StubAnswer.Json(200, Challenge(challenge, isHidden: challenge.Authorization.PendingReads > 0)) with
        {
            Links = [$"<{baseUrl()}/authorization/{challenge.Authorization.Id}>;rel=\"up\""],
            RetryAfter = challenge.Status is "pending" or "processing" ? behaviour.ResourceRetryAfter : null,
        };

    private Dictionary<string, object?> Challenge(StubChallenge challenge, bool isHidden)
    {
        Dictionary<string, object?> json = new()
        {
            ["type"] = challenge.Type,
            ["url"] = $"{baseUrl()}/challenge/{challenge.Id}",
            ["token"] = challenge.Token,
            ["status"] = isHidden && challenge.Status is ("valid" or "invalid") ? "processing" : challenge.Status,
        };
        if (!isHidden)
        {
            AddIfAny(json, "error", challenge.Error?.ToJson(403));
            AddIfAny(json, "validated", challenge.Status == "valid" ? Time(time.GetUtcNow()) : null);
        }

        return json;
    }

    private async Task ValidateAsync(StubChallenge challenge)
    {
        var authorization = challenge.Authorization;
        var problem = await StubValidation.ValidateAsync(
            behaviour, challenge.Type, authorization.Name, challenge.Token, Locked(() => authorization.Account.Key.Thumbprint));
        Locked(() =>
        {
            challenge.Error = problem;
            challenge.Status = authorization.Status = problem is null ? "valid" : "invalid";
        });
    }
}
