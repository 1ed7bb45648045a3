using System.Security.Cryptography;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Records;

/// <summary>Asks DNS for the records of a domain: the resolver, as a sender does, and the zones' own servers. Safe from all threads.</summary>
internal sealed class RecordLook(Resolver resolver, AuthoritativeServers servers, AuthoritativeLook authoritative, ReportTargets targets, TimeProvider clock)
{
    private const int SiblingBytes = 10;

    /// <summary>How long the servers of a zone are looked for, through all the zones above it.</summary>
    public TimeSpan LongestSearch { get; init; } = TimeSpan.FromSeconds(12);

    /// <summary>Never throws for what DNS says. Takes about a minute at most: a text, its zone's servers, their answers, and then the targets have some 12 seconds each.</summary>
    public async Task<RecordFacts> LookAsync(MailDomain domain, CancellationToken cancellationToken)
    {
        var start = clock.GetTimestamp();
        var sts = TimedAsync(TextAsync(domain.RecordName, cancellationToken));
        var reports = TimedAsync(ReportsAsync(domain.TlsRptRecordName, cancellationToken));
        await Task.WhenAll(sts, reports);
        var ((text, took), ((tlsRpt, found), reportsTook)) = (await sts, await reports);
        return new RecordFacts(text, tlsRpt, found, took, reportsTook);

        async Task<(T Result, TimeSpan Took)> TimedAsync<T>(Task<T> work) => (await work, clock.GetElapsedTime(start));
    }

    private async Task<(TextFacts Text, IReadOnlyList<TargetFacts> Targets)> ReportsAsync(string name, CancellationToken cancellationToken)
    {
        var text = await TextAsync(name, cancellationToken);
        var reading = TlsRptRecord.Read(text.Seen.Records);
        return (text, reading.IsValid ? await targets.LookAsync(reading.Rua, cancellationToken) : []);
    }

    private async Task<TextFacts> TextAsync(string name, CancellationToken cancellationToken)
    {
        var seen = await resolver.FindTextsAsync(name, cancellationToken);
        var own = ZoneAsync(name, cancellationToken);
        var end = seen.EndName == name ? null : ZoneAsync(seen.EndName, cancellationToken);
        await Task.WhenAll(end is null ? [own] : [own, end]);
        var zone = await own;
        // The same server for both: others may be in another state.
        var knows = zone.Answers.FirstOrDefault(answer => answer.Outcome == ServerOutcome.Answer || answer.Alias is not null);
        var sibling = knows is null ? null : await authoritative.AskAsync(knows.Server, SiblingOf(name), "TXT", cancellationToken);
        return new TextFacts(name, seen, end is null ? [zone] : [zone, await end], sibling);
    }

    private async Task<ZoneFacts> ZoneAsync(string name, CancellationToken cancellationToken)
    {
        var zone = await ServersAsync(name, cancellationToken);
        return new ZoneFacts(name, zone, await authoritative.AskAllAsync(zone, name, "TXT", cancellationToken));
    }

    private async Task<ZoneServers> ServersAsync(string name, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(LongestSearch);
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            return await servers.FindAsync(name, bound.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ZoneServers(name, LookupOutcome.Timeout, [], []);
        }
    }

    // A name that nobody has. Beside one of nearly 253 characters it is too long for a question; then nothing is known of wildcards.
    private static string SiblingOf(string name) => "x" + RandomNumberGenerator.GetHexString(2 * SiblingBytes, lowercase: true) + name[name.IndexOf('.', StringComparison.Ordinal)..];
}
