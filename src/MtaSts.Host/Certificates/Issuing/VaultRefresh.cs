using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// Loop: certificates that other nodes and commands have stored are served here too, some seconds later. What this node issues, it serves
/// at once.
/// </summary>
internal sealed partial class VaultRefresh(
    CertificateStore certificates, CertificateVault vault, PublishedPolicies published, TimeProvider clock, ILogger<VaultRefresh> logger) : RoundLoop(LookEvery, clock)
{
    private const int Batch = 500;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    // A row carries the time of its node's clock and becomes visible with its commit: both may lie behind ours.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    private HashSet<long> _seen = [];
    private DateTimeOffset? _since;

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var next = Clock.GetUtcNow() - Overlap;
        // From the first round on, also where that fails.
        _since ??= next;
        await LookAsync(_since.Value, cancellationToken);
        _since = next;
        return false;
    }

    protected override void TellFailure(string reason) => Log.LookFailed(logger, reason);

    private async Task LookAsync(DateTimeOffset since, CancellationToken cancellationToken)
    {
        var ids = await certificates.IdsSinceAsync(since, cancellationToken);
        foreach (var batch in ids.Except(_seen).Chunk(Batch))
        {
            foreach (var stored in await certificates.ReadAsync(batch, cancellationToken))
            {
                // Only what is served: an imported certificate may come before its domain.
                if (published.TryGetByHost(stored.Host, out _) && !(vault.TryGet(stored.Host, out var present) && present.Id >= stored.Id))
                {
                    vault.Set(stored);
                }
            }
        }

        _seen = ids;
    }

    private static partial class Log
    {
        [LoggerMessage(450, LogLevel.Warning, "The store cannot be asked for certificates of other nodes ({Reason}); those that are served stay")]
        public static partial void LookFailed(ILogger logger, string reason);
    }
}
