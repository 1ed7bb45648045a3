namespace MtaSts.Host.Checks.Records;

/// <summary>The record's id and the fetched text against what we serve. Pure.</summary>
internal static class IdRules
{
    /// <param name="domain">Ours.</param>
    /// <param name="ours">What we serve for it.</param>
    /// <param name="id">Of the record; null: none that counts, which is told elsewhere.</param>
    /// <param name="text">As it was fetched; null: none came.</param>
    public static IReadOnlyList<Advisory> Judge(MailDomain domain, OwnPolicy ours, string? id, ReadOnlyMemory<byte>? text)
    {
        var found = new List<Advisory>();
        // RFC 8461 §3.1: compared for equality only, case counts.
        if (id is not null && id != ours.PolicyId)
        {
            found.Add(ours.EarlierIds.Contains(id)
                ? RecordCodes.IdBehind.On(domain.RecordName, $"The record has the earlier id {id}; the policy that is served has {ours.PolicyId}.")
                : RecordCodes.IdUnknown.On(domain.RecordName, $"The record has the id {id}, which this service never gave to the domain; the present one is {ours.PolicyId}."));
        }

        if (text is { } fetched && !fetched.Span.SequenceEqual(ours.Text.Span))
        {
            found.Add(RecordCodes.TextDiffers.On(domain.PolicyHost, $"{domain.PolicyHost} gives a text of {fetched.Length} bytes that is not the one of {ours.Text.Length} bytes served here."));
        }

        return found;
    }
}
