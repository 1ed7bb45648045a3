using System.Text.Json;

namespace MtaSts.Testing;

/// <content>Accounts, their keys and lists of orders.</content>
internal sealed partial class StubCaProtocol
{
    private StubAnswer NewAccount(StubJws jws)
    {
        var key = jws.OwnKey();
        var payload = jws.PayloadJson();
        var isSearch = payload.TryGetProperty("onlyReturnExisting", out var only) && only.GetBoolean();
        return Fallible(isSearch ? StubRequestKind.FindAccount : StubRequestKind.NewAccount, [], () =>
        {
            if (_accounts.Find(account => account.Key.Thumbprint == key.Thumbprint) is { } known)
            {
                // RFC 8555 §7.3.6.
                return known.Status == "valid" ? AccountAnswer(known, 200) : throw new StubRefusal(403, "unauthorized", "the account is deactivated");
            }

            if (isSearch)
            {
                throw new StubRefusal(400, "accountDoesNotExist", "no account has this key");
            }

            if (behaviour.HasMeta && behaviour.TermsOfService is not null && !(payload.TryGetProperty("termsOfServiceAgreed", out var agreed) && agreed.GetBoolean()))
            {
                throw new StubRefusal(403, new StubProblem("userActionRequired", "the terms must be agreed to")) { Link = $"<{behaviour.TermsOfService}>;rel=\"terms-of-service\"" };
            }

            CheckBinding(jws, payload);
            StubAccount account = new() { Id = ++_lastId, Status = "valid", Key = key, Contact = Contact(payload) };
            _accounts.Add(account);
            return AccountAnswer(account, 201);
        });
    }

    private void CheckBinding(StubJws jws, JsonElement payload)
    {
        if (behaviour.ExternalAccountKeys.Count == 0)
        {
            return;
        }

        if (!payload.TryGetProperty("externalAccountBinding", out var json))
        {
            throw new StubRefusal(403, "externalAccountRequired", "an external account binding is needed");
        }

        var binding = StubJws.Read(json);
        if (binding.KeyId is not { } keyId || !behaviour.ExternalAccountKeys.TryGetValue(keyId, out var macKey) || binding.Nonce is not null)
        {
            throw new StubRefusal(403, "unauthorized", "no such external account, or a nonce");
        }

        binding.VerifyMac(StubJws.Decode(macKey));
        binding.RequireUrl(baseUrl() + "/new-account");
        if (!JsonElement.DeepEquals(binding.PayloadJson(), jws.Header.GetProperty("jwk")))
        {
            throw new StubRefusal(400, "malformed", "the binding is of another key");
        }

        if (!_usedBindings.Add(keyId))
        {
            throw new StubRefusal(403, "unauthorized", "this external account key has been used");
        }
    }

    private StubAnswer Account(StubJws jws, StubAccount account)
    {
        if (!jws.IsRead)
        {
            var payload = jws.PayloadJson();
            account.Contact = Contact(payload) ?? account.Contact;
            if (payload.TryGetProperty("status", out var status))
            {
                account.Status = status.GetString() == "deactivated" ? "deactivated" : throw new StubRefusal(400, "malformed", "only deactivated can be asked for");
            }
        }

        return AccountAnswer(account, 200) with { Location = null };
    }

    private static JsonElement? Contact(JsonElement payload)
    {
        if (!payload.TryGetProperty("contact", out var contact))
        {
            return null;
        }

        foreach (var url in contact.EnumerateArray().Select(item => item.GetString()!))
        {
            if (!url.StartsWith("mailto:", StringComparison.Ordinal))
            {
                throw new StubRefusal(400, "unsupportedContact", $"{url} is not mailto");
            }
        }

        return contact.Clone();
    }

    private StubAnswer AccountAnswer(StubAccount account, int status) =>
        StubAnswer.Json(status, new Dictionary<string, object?>
        {
            ["status"] = account.Status,
            ["contact"] = account.Contact ?? (object)Array.Empty<string>(),
            ["orders"] = AccountUrl(account) + "/orders",
        }) with
        { Location = AccountUrl(account) };

    private StubAnswer OrderList(StubJws jws, StubAccount account, string? from)
    {
        Read(jws, 200);
        var first = from is null ? 0 : Number(from);
        List<string> urls = [.. _orders.Where(order => order.Account == account).Skip(first).Take(behaviour.OrdersPerPage + 1).Select(OrderUrl)];
        var page = urls.Take(behaviour.OrdersPerPage).ToList();
        object json = behaviour.HasBareOrderLists ? page : new Dictionary<string, object> { ["orders"] = page };
        return StubAnswer.Json(200, json) with
        {
            Links = urls.Count > page.Count ? [$"<{AccountUrl(account)}/orders?from={first + page.Count}>;rel=\"next\""] : [],
        };
    }

    private StubAnswer KeyChange(StubJws jws, StubAccount account)
    {
        // RFC 8555 §7.3.5.
        var inner = StubJws.Read(jws.Payload);
        var newKey = inner.OwnKey();
        inner.RequireUrl(baseUrl() + "/key-change");
        var payload = inner.PayloadJson();
        if (inner.Nonce is not null || payload.GetProperty("account").GetString() != AccountUrl(account) || !account.Key.Equals(payload.GetProperty("oldKey")))
        {
            throw new StubRefusal(400, "malformed", "a nonce, another account, or another old key");
        }

        if (_accounts.Find(other => other.Key.Thumbprint == newKey.Thumbprint) is { } owner)
        {
            throw new StubRefusal(409, "malformed", "the key is in use") { Location = AccountUrl(owner) };
        }

        account.Key = newKey;
        return AccountAnswer(account, 200) with { Location = null };
    }
}
