namespace MtaSts.Host.DnsRecords.Publishers;

/// <summary>
/// Writes records into `Dns:Zone`, wherever that is kept. Doing a change twice does no harm, so a lost answer is simply repeated. Called by one at a time.
/// </summary>
internal interface IDnsPublisher
{
    /// <summary>As many changes as one call takes at most.</summary>
    int LargestBatch { get; }

    /// <summary>Makes each RRset what its change says. When it returns, the changes were accepted; whether every server gives them is checked elsewhere.</summary>
    /// <exception cref="DnsPublishException">None of the changes is to be taken for done, or only those that it does not name.</exception>
    Task ApplyAsync(IReadOnlyList<RecordChange> changes, CancellationToken cancellationToken);
}

/// <summary>What one RRset is to be.</summary>
/// <param name="Name">Owner, lower case, no final dot.</param>
/// <param name="Type">`A`, `AAAA`, `CAA` or `TXT`.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Data">Each record's data as in a zone file; empty: the RRset is to go.</param>
internal sealed record RecordChange(string Name, string Type, int Ttl, IReadOnlyList<string> Data);

/// <summary>The publisher could not write.</summary>
/// <param name="code">Stable, such as `dns.update.refused`.</param>
/// <param name="message">For the operator, with what to do; never a secret.</param>
/// <param name="failed">The changes that failed when the others were made; empty: all of them.</param>
/// <param name="retryAfter">What the other side asked for.</param>
/// <param name="inner">The cause.</param>
/// <param name="isTransient">False: the changes themselves were refused, or one of them; to try parts of them at once makes sense.</param>
internal sealed class DnsPublishException(
    string code, string message, IReadOnlyList<RecordChange>? failed = null, TimeSpan? retryAfter = null, Exception? inner = null, bool isTransient = true)
    : Exception(message, inner)
{
    public bool IsTransient { get; } = isTransient;

    public string Code { get; } = code;

    public IReadOnlyList<RecordChange> Failed { get; } = failed ?? [];

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
