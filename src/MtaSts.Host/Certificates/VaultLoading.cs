using System.Security.Cryptography;

namespace MtaSts.Host.Certificates;

/// <summary>Reads all certificates at start. It must succeed or the process stops: a node without them would refuse every sender.</summary>
internal sealed partial class VaultLoading(CertificateStore store, CertificateVault vault, KeySealing sealing, TimeProvider clock, ILogger<VaultLoading> logger)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var isFirst = true;
        await foreach (var certificate in store.ReadAllAsync(cancellationToken))
        {
            if (isFirst)
            {
                // A node with another sealing key must say so now, not in its first handshake.
                CryptographicOperations.ZeroMemory(
                    sealing.Open(certificate.SealedKey, HostCertificate.SealingPurpose(certificate.Host)));
                isFirst = false;
            }

            vault.Set(certificate);
        }

        Log.Loaded(logger, vault.Count, clock.GetElapsedTime(began).TotalMilliseconds);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(400, LogLevel.Information, "{Count} certificates were read in {Milliseconds:F0} ms")]
        public static partial void Loaded(ILogger logger, int count, double milliseconds);
    }
}
