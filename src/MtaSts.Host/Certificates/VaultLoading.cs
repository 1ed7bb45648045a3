using System.Security.Cryptography;

namespace MtaSts.Host.Certificates;

/// <summary>Reads all certificates at start. It must succeed or the process stops: a node without them would refuse every sender.</summary>
internal sealed partial class VaultLoading(CertificateStore store, CertificateVault vault, KeySealing sealing, TimeProvider clock, ILogger<VaultLoading> logger)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        HostCertificate? lost = null;
        var lostCount = 0;
        await foreach (var certificate in store.ReadAllAsync(cancellationToken))
        {
            if (KeySealing.IdOf(certificate.SealedKey) is not { } key || !sealing.Knows(key))
            {
                lost = certificate;
                lostCount++;
            }

            // Also one whose sealing key is not here: were it missing, a CA would be asked for another, and the key may yet be found.
            vault.Set(certificate);
        }

        if (lost is not null)
        {
            Complain(lost, lostCount);
        }

        Log.Loaded(logger, vault.Count, clock.GetElapsedTime(began).TotalMilliseconds);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // A node with another sealing key must say so now, not in its first handshake. What other keys open is served all the same.
    private void Complain(HostCertificate lost, int count)
    {
        try
        {
            CryptographicOperations.ZeroMemory(sealing.Open(lost.SealedKey, HostCertificate.SealingPurpose(lost.Host)));
        }
        catch (KeySealingException exception) when (count < vault.Count)
        {
            Log.Lost(logger, count, vault.Count, exception.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Information, "{Count} certificates were read in {Milliseconds:F0} ms")]
        public static partial void Loaded(ILogger logger, int count, double milliseconds);

        [LoggerMessage(401, LogLevel.Error, "{Lost} of {Count} certificates are sealed with a key that this node does not have; senders of those hosts are refused: {Reason}")]
        public static partial void Lost(ILogger logger, int lost, int count, string reason);
    }
}
