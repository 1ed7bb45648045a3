namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// APIs that make all of a batch or nothing: one record that they refuse must not hold up all others. The batch is halved until the refused ones are found,
/// with a bound on how often.
/// </summary>
internal static class RefusedBatch
{
    // One bad record of 200 is found in 16.
    private const int MostCalls = 24;

    /// <param name="changes">What is to be done.</param>
    /// <param name="apply">Does all of its changes or none. Done twice it does no harm.</param>
    /// <exception cref="DnsPublishException">With those that were refused or not tried any more; or as <paramref name="apply"/> throws it.</exception>
    public static async Task ApplyAsync(IReadOnlyList<RecordChange> changes, Func<IReadOnlyList<RecordChange>, Task> apply)
    {
        var failed = new List<RecordChange>();
        RecordRefusedException? first = null;
        var open = new Queue<IReadOnlyList<RecordChange>>([changes]);
        for (var calls = 0; open.TryDequeue(out var part); calls++)
        {
            if (calls == MostCalls)
            {
                failed.AddRange(open.SelectMany(rest => rest).Concat(part));
                break;
            }

            try
            {
                await apply(part);
            }
            catch (RecordRefusedException refused)
            {
                first ??= refused;
                var named = part.Where(change => refused.Names(change)).ToList();
                if (part.Count == 1 || (named.Count > 0 && named.Count < part.Count))
                {
                    failed.AddRange(part.Count == 1 ? part : named);
                    Open([.. part.Except(failed)]);
                }
                else
                {
                    Open([.. part.Take(part.Count / 2)]);
                    Open([.. part.Skip(part.Count / 2)]);
                }
            }
        }

        if (first is not null)
        {
            var which = failed.Count == 1 ? $"{failed[0].Name} {failed[0].Type}: " : $"{failed.Count} of {changes.Count} records, {failed[0].Name} {failed[0].Type} among them: ";
            throw new DnsPublishException(PublisherCodes.Record, which + first.Message, failed.Count == changes.Count ? null : failed, inner: first);
        }

        void Open(IReadOnlyList<RecordChange> part)
        {
            if (part.Count > 0)
            {
                open.Enqueue(part);
            }
        }
    }
}

/// <summary>The other side takes a batch for none, because of what one of its records is.</summary>
/// <param name="message">Its reason, for people.</param>
/// <param name="names">Whether it names that change; none: it does not tell which.</param>
/// <param name="isOutdated">Somebody has changed a record since it was looked at.</param>
internal sealed class RecordRefusedException(string message, Predicate<RecordChange>? names = null, bool isOutdated = false) : Exception(message)
{
    public bool IsOutdated => isOutdated;

    public bool Names(RecordChange change) => names?.Invoke(change) == true;
}
