using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks.Fetch;

/// <summary>A domain's record, policy host, policy and report record as a sender sees them. Safe from all threads.</summary>
internal sealed class PolicySide(RecordLook records, HostLook hosts)
{
    /// <summary>Bounded in time, bytes and addresses; never throws for what the other side does.</summary>
    /// <param name="domain">Whose.</param>
    /// <param name="ours">What we serve for it; null: not a domain of ours.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<PolicySideResult> LookAsync(MailDomain domain, OwnPolicy? ours, CancellationToken cancellationToken)
    {
        var record = records.LookAsync(domain, cancellationToken);
        var host = hosts.LookAsync(domain.PolicyHost, cancellationToken);
        await Task.WhenAll(record, host);
        return PolicySideRules.Judge(domain, ours, await record, await host);
    }
}
