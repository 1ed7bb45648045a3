using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>How the jobs stand, for people and alarms.</summary>
/// <param name="ByState">States without a job are missing.</param>
/// <param name="WaitingNames">Without a certificate, queued or deferred: all that a bulk import still has before it, preflights apart.</param>
/// <param name="OldestRenewal">Since when the longest waiting renewal is due; null when none is.</param>
/// <param name="OldestName">The same for names without a certificate.</param>
internal sealed record JobCounts(IReadOnlyDictionary<JobState, int> ByState, int WaitingNames, DateTimeOffset? OldestRenewal, DateTimeOffset? OldestName);
