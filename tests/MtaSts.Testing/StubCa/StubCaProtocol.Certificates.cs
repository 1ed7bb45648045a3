using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtaSts.Testing;

/// <content>Issuing, chains, revocation, renewal information.</content>
internal sealed partial class StubCaProtocol
{
    private StubAnswer Finalize(StubJws jws, StubOrderRow order)
    {
        if (StatusOf(order, isRead: false) is not "ready" and var status)
        {
            throw new StubRefusal(403, "orderNotReady", $"the order is {status}");
        }

        var request = ReadRequest(StubJws.Decode(jws.PayloadJson().GetProperty("csr").GetString()!));
        var names = request.CertificateExtensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()).ToHashSet();
        if (!names.SetEquals(order.Names))
        {
            throw new StubRefusal(400, "badCSR", $"the CSR is for {string.Join(", ", names)}");
        }

        // RFC 8555 §11.1.
        if (request.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(order.Account.Key.SubjectPublicKeyInfo))
        {
            throw new StubRefusal(400, "badPublicKey", "the account's key is not for certificates");
        }

        if (request.CertificateExtensions.Any(extension => extension.Oid?.Value == "1.3.6.1.5.5.7.1.24"))
        {
            throw new StubRefusal(400, "badCSR", "OCSP must-staple is not offered");
        }

        order.ProcessingReads = behaviour.ProcessingReads;
        if (behaviour.IssuingProblem is { } problem)
        {
            order.Error = problem;
        }
        else
        {
            Issue(order, request.PublicKey);
        }

        return OrderAnswer(order, 200) with { Location = OrderUrl(order) };
    }

    private static CertificateRequest ReadRequest(byte[] der)
    {
        try
        {
            return CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException exception)
        {
            throw new StubRefusal(400, "badCSR", exception.Message);
        }
    }

    private void Issue(StubOrderRow order, PublicKey key)
    {
        var from = time.GetUtcNow() - behaviour.Backdating;
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = issuers[0].Issue(
            behaviour.IssuesForAnotherKey ? new PublicKey(other) : key, behaviour.IssuesForName is { } name ? [name] : order.Names, from, from + behaviour.Lifetime);
        var authority = leaf.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value;
        order.Certificate = new StubCertificate
        {
            Id = ++_lastId,
            Names = order.Names,
            CertId = $"{System.Buffers.Text.Base64Url.EncodeToString(authority.Span)}.{System.Buffers.Text.Base64Url.EncodeToString(leaf.SerialNumberBytes.Span)}",
            Der = leaf.RawData,
            NotBefore = leaf.NotBefore.ToUniversalTime(),
            NotAfter = leaf.NotAfter.ToUniversalTime(),
            Profile = order.Profile,
            Replaces = order.Replaces,
            AccountId = order.Account.Id,
        };
        order.IsFinalized = true;
        _certificates.Add(order.Certificate);
        var intermediate = behaviour.SendsWrongIssuer ? issuers[1].Intermediate : issuers[0].Intermediate;
        _chains[order.Certificate.Id] =
            [intermediate, .. Enumerable.Range(0, behaviour.AlternateChains).Select(_ => issuers[0].CrossSigned(issuers[1]))];
        if (_certificates.Find(certificate => certificate.CertId == order.Replaces) is { } predecessor)
        {
            predecessor.IsReplaced = true;
        }
    }

    private StubAnswer Chain(StubCertificate certificate, int chain)
    {
        var chains = _chains[certificate.Id];
        var pem = PemEncoding.WriteString("CERTIFICATE", certificate.Der.Span) + "\n" + PemEncoding.WriteString("CERTIFICATE", chains[chain]) + "\n";
        return new StubAnswer(200, "application/pem-certificate-chain; charset=utf-8", Encoding.ASCII.GetBytes(pem))
        {
            Links = [.. Enumerable.Range(0, chains.Length).Where(other => other != chain).Select(other => $"<{baseUrl()}/certificate/{certificate.Id}{(other == 0 ? "" : $"/{other}")}>;rel=\"alternate\"")],
        };
    }

    private StubAnswer Revoke(StubJws jws)
    {
        var account = jws.KeyId is null ? null : AccountOf(jws);
        var payload = jws.PayloadJson();
        var der = StubJws.Decode(payload.GetProperty("certificate").GetString()!);
        var certificate = _certificates.Find(certificate => certificate.Der.Span.SequenceEqual(der)) ?? throw new StubRefusal(404, "malformed", "no such certificate");
        return Fallible(StubRequestKind.Revoke, certificate.Names, () =>
        {
            using var leaf = X509CertificateLoader.LoadCertificate(der);
            var isAllowed = account is null
                ? jws.OwnKey().SubjectPublicKeyInfo.AsSpan().SequenceEqual(leaf.PublicKey.ExportSubjectPublicKeyInfo())
                : certificate.AccountId == account.Id;
            if (!isAllowed)
            {
                throw new StubRefusal(403, "unauthorized", "neither its account nor its key");
            }

            var reason = payload.TryGetProperty("reason", out var number) ? number.GetInt32() : 0;
            if (reason is not (0 or 1 or 4 or 5))
            {
                throw new StubRefusal(400, "badRevocationReason", "0, 1, 4 or 5");
            }

            if (certificate.RevocationReason is not null)
            {
                throw new StubRefusal(400, "alreadyRevoked", "it is revoked already");
            }

            certificate.RevocationReason = reason;
            return new StubAnswer(200, "application/json", []);
        });
    }

    private StubAnswer RenewalInfo(string certId)
    {
        if (!behaviour.HasRenewalInfo || _certificates.Find(certificate => certificate.CertId == certId) is not { } certificate)
        {
            throw new StubRefusal(404, "malformed", "no such certificate");
        }

        var life = certificate.NotAfter - certificate.NotBefore;
        var now = time.GetUtcNow();
        // RFC 9773 §4.2: a window in the past says that it is urgent.
        var (start, end) = certificate.RevocationReason is not null ? (now.AddDays(-2), now.AddDays(-1))
            : certificate.RenewalWindow ?? behaviour.RenewalWindow ?? (certificate.NotBefore + life * 2 / 3, certificate.NotBefore + life * 3 / 4);
        Dictionary<string, object?> json = new()
        {
            ["suggestedWindow"] = new Dictionary<string, string> { ["start"] = Time(start), ["end"] = Time(end) },
        };
        AddIfAny(json, "explanationURL", behaviour.RenewalExplanation);
        return StubAnswer.Json(200, json) with { RetryAfter = behaviour.RenewalRetryAfter };
    }
}
