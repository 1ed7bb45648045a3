namespace MtaSts.Host.Checks.Records;

/// <summary>What we serve for a domain of ours.</summary>
/// <param name="PolicyId">The present one.</param>
/// <param name="EarlierIds">All that this domain ever had before.</param>
/// <param name="Text">The policy as our nodes answer it.</param>
internal sealed record OwnPolicy(string PolicyId, IReadOnlyCollection<string> EarlierIds, ReadOnlyMemory<byte> Text);
