using MtaSts.Host.Nodes;

namespace MtaSts.Host.Domains;

/// <summary>Loop, on one node at a time: removals go on when their time has come.</summary>
internal sealed partial class RemovalUpkeep(RemovalSteps steps, TrustedClock trustedClock, Leases leases, TimeProvider clock, ILogger<RemovalUpkeep> logger) : RoundLoop(Every, clock)
{
    private const string LeaseName = "removal";

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(9);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        await RoundAsync(cancellationToken);
        return false;
    }

    protected override void TellFailure(string reason) => Log.RoundFailed(logger, reason);

    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task RoundAsync(CancellationToken cancellationToken)
    {
        if (!await trustedClock.IsTrustedAsync(cancellationToken) || await leases.TryTakeAsync(LeaseName, LeaseTime, cancellationToken) is not { } owner)
        {
            return;
        }

        try
        {
            if (await steps.RunAsync(cancellationToken) is > 0 and var count)
            {
                Log.WentOn(logger, count);
            }
        }
        finally
        {
            await leases.ReleaseAsync(LeaseName, owner, CancellationToken.None);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(221, LogLevel.Information, "{Count} removals went on by a step")]
        public static partial void WentOn(ILogger logger, int count);

        [LoggerMessage(222, LogLevel.Warning, "Removals cannot go on ({Reason}); it is tried again every 10 minutes")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}
