using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <content>What the API, the health and a sender show.</content>
internal sealed partial class StubCaRig
{
    private static readonly TimeSpan WatchLooks = TimeSpan.FromSeconds(31);

    /// <summary>`GET /domains/{domain}/certificate`.</summary>
    public async Task<JsonElement> CertificateAsync(string domain) => (await App.Admin.GetAnswerAsync($"domains/{domain}/certificate")).Is(System.Net.HttpStatusCode.OK).Json;

    /// <summary>`issuance` of the same.</summary>
    public async Task<JsonElement> IssuanceAsync(string domain) => (await CertificateAsync(domain)).GetProperty("issuance");

    /// <summary>`state`, `code`, `failures` of the same.</summary>
    public async Task<(string? State, string? Code, int Failures)> StateAsync(string domain)
    {
        var issuance = await IssuanceAsync(domain);
        return (issuance.GetProperty("state").GetString(), issuance.GetProperty("code").GetString(), issuance.GetProperty("failures").GetInt32());
    }

    public async Task<DateTimeOffset> NextAtAsync(string domain) => (await IssuanceAsync(domain)).GetProperty("nextAt").GetDateTimeOffset();

    /// <summary>`POST /domains/{domain}/certificate/renewal`, and what follows from it.</summary>
    public async Task RenewAsync(string domain)
    {
        (await App.Admin.CallAsync("POST", $"domains/{domain}/certificate/renewal")).Is(System.Net.HttpStatusCode.Accepted);
        await SettleAsync();
    }

    /// <summary>`GET /certificates/summary`.</summary>
    public async Task<JsonElement> SummaryAsync() => (await App.Admin.GetAnswerAsync("certificates/summary")).Is(System.Net.HttpStatusCode.OK).Json;

    /// <summary>One of `authorities` of the summary.</summary>
    public async Task<JsonElement> AuthorityAsync(string ca) =>
        (await SummaryAsync()).GetProperty("authorities").EnumerateArray().Single(authority => authority.GetProperty("ca").GetString() == ca);

    /// <summary>Waits until `/healthz/ready` tells exactly these parts, some seconds of simulated time.</summary>
    public Task HealthTellsAsync(params string[] parts)
    {
        var (looks, last) = (0, "");
        return Eventually.TrueAsync(
            async () =>
            {
                if (looks++ % 20 == 0)
                {
                    await AdvanceAsync(WatchLooks);
                }

                var ready = (await App.Admin.GetAnswerAsync("/healthz/ready")).Is(System.Net.HttpStatusCode.OK);
                last = ready.Text;
                return ready.Json.GetProperty("why").EnumerateArray().Select(why => why.GetProperty("part").GetString()!).Distinct().Order().SequenceEqual(parts.Order());
            },
            () => $"health tells [{string.Join(", ", parts)}]; it tells {last}");
    }

    /// <summary>A sender whose clock is that of the main CA gets the policy with this certificate.</summary>
    public async Task AssertServedAsync(string domain, StubCertificate expected)
    {
        byte[]? leaf = null;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(System.Net.IPAddress.Loopback, App.PolicyPort, cancellationToken);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = Trust(),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    leaf = certificate?.GetRawCertData();
                    return errors == SslPolicyErrors.None;
                },
            },
        });
        var text = await client.GetStringAsync(new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt"), Cancel);
        Assert.Contains($"mx: mail.{domain}\r\n", text, StringComparison.Ordinal);
        Assert.Equal(Convert.ToHexString(expected.Der.Span), Convert.ToHexString(leaf!));
    }

    private X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = (Now + Ca.Behaviour.DateOffset).UtcDateTime,
        };
        // Whoever asks in the open world trusts no staging CA.
        foreach (var ca in new[] { Ca, Fallback }.OfType<StubCa>())
        {
            policy.CustomTrustStore.ImportFromPem(ca.IssuerRootPem);
        }

        return policy;
    }
}
