using System.Formats.Asn1;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MtaSts.Testing;

/// <summary>Looks for the answer to a challenge the way a CA does.</summary>
internal static class StubValidation
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(10);

    /// <returns>Null where the name is valid.</returns>
    public static async Task<StubProblem?> ValidateAsync(StubCaBehaviour behaviour, string type, string name, string token, string thumbprint)
    {
        if (behaviour.InvalidNames.TryGetValue(name, out var problem))
        {
            return problem;
        }

        if (!behaviour.Validates)
        {
            return null;
        }

        using CancellationTokenSource bound = new(Bound);
        try
        {
            var keyAuthorization = $"{token}.{thumbprint}";
            return type switch
            {
                "http-01" => await HttpAsync(Given(behaviour.HttpTarget), name, token, keyAuthorization, bound.Token),
                "tls-alpn-01" => await TlsAsync(Given(behaviour.TlsTarget), name, keyAuthorization, bound.Token),
                _ => await DnsAsync(Given(behaviour.TxtLookup), name, keyAuthorization),
            };
        }
        catch (NotGiven)
        {
            return new StubProblem("serverInternal", $"the test gave no target for {type}");
        }
        catch (AuthenticationFailed failed)
        {
            return new StubProblem("tls", failed.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or SocketException or OperationCanceledException)
        {
            return new StubProblem("connection", exception.Message);
        }
    }

    private static async Task<StubProblem?> HttpAsync(IPEndPoint target, string name, string token, string expected, CancellationToken cancellationToken)
    {
        using SocketsHttpHandler handler = new() { UseProxy = false, AllowAutoRedirect = false };
        using HttpClient client = new(handler);
        using HttpRequestMessage request = new(HttpMethod.Get, $"http://{target}/.well-known/acme-challenge/{token}");
        request.Headers.Host = name;
        using var answer = await client.SendAsync(request, cancellationToken);
        var text = (await answer.Content.ReadAsStringAsync(cancellationToken)).TrimEnd();
        return answer.StatusCode != HttpStatusCode.OK ? new StubProblem("unauthorized", $"http-01 of {name}: status {(int)answer.StatusCode}")
            : text != expected ? new StubProblem("unauthorized", $"http-01 of {name}: wrong key authorization")
            : null;
    }

    private static async Task<StubProblem?> TlsAsync(IPEndPoint target, string name, string expected, CancellationToken cancellationToken)
    {
        using TcpClient client = new();
        await client.ConnectAsync(target, cancellationToken);
        await using SslStream tls = new(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
                    // RFC 8737 §3: the certificate is its own issuer; what counts is looked at below.
                    RemoteCertificateValidationCallback = (_, _, _, _) => true,
                },
                cancellationToken);
        }
        catch (System.Security.Authentication.AuthenticationException exception)
        {
            throw new AuthenticationFailed(exception.Message);
        }

        if (tls.NegotiatedApplicationProtocol.ToString() != "acme-tls/1")
        {
            return new StubProblem("unauthorized", $"tls-alpn-01 of {name}: acme-tls/1 was not selected");
        }

        using var certificate = X509CertificateLoader.LoadCertificate(tls.RemoteCertificate!.GetRawCertData());
        var extension = certificate.Extensions.FirstOrDefault(extension => extension.Oid?.Value == "1.3.6.1.5.5.7.1.31");
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames());
        return extension is { Critical: true } && names.SequenceEqual([name])
            && new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadOctetString().AsSpan().SequenceEqual(SHA256.HashData(Encoding.ASCII.GetBytes(expected)))
            ? null
            : new StubProblem("unauthorized", $"tls-alpn-01 of {name}: wrong certificate");
    }

    private static async Task<StubProblem?> DnsAsync(Func<string, Task<IReadOnlyList<string>>> lookup, string name, string expected)
    {
        var texts = await lookup("_acme-challenge." + name);
        return texts.Contains(System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(expected))))
            ? null
            : new StubProblem("unauthorized", $"dns-01 of {name}: no such TXT record");
    }

    private static T Given<T>(T? target)
        where T : class => target ?? throw new NotGiven();

    private sealed class NotGiven : Exception;

    private sealed class AuthenticationFailed(string message) : Exception(message);
}
