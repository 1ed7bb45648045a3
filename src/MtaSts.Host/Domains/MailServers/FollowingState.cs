using System.Globalization;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>A pattern that is about to come: DNS wants it since then.</summary>
internal sealed record JoiningPattern(MxPattern Pattern, DateTimeOffset Since);

/// <summary>A pattern that is about to go.</summary>
/// <param name="Pattern">Of the policy.</param>
/// <param name="Since">Every look since then found nothing that needs it.</param>
/// <param name="NotBefore">The earliest end, as far as is known now.</param>
internal sealed record LeavingPattern(MxPattern Pattern, DateTimeOffset Since, DateTimeOffset NotBefore);

/// <summary>How far a domain has followed its DNS: the columns of <see cref="MxFollowing"/> as values.</summary>
/// <param name="Ttl">Of the records at the last look.</param>
/// <param name="SeenUntil">Until when a resolver may go on giving what any look has seen: a TTL that was made short yesterday counts from then.</param>
/// <param name="Joining">About to come.</param>
/// <param name="Leaving">About to go.</param>
internal sealed record FollowingState(TimeSpan Ttl, DateTimeOffset SeenUntil, IReadOnlyList<JoiningPattern> Joining, IReadOnlyList<LeavingPattern> Leaving)
{
    public static readonly FollowingState Empty = new(TimeSpan.Zero, DateTimeOffset.MinValue, [], []);

    public string JoiningColumn => string.Join('\n', Joining.Select(one => $"{one.Pattern.Text} {Column(one.Since)}"));

    public string LeavingColumn => string.Join('\n', Leaving.Select(one => $"{one.Pattern.Text} {Column(one.Since)} {Column(one.NotBefore)}"));

    public static FollowingState Of(MxFollowing row) => new(
        TimeSpan.FromSeconds(row.SeenTtl),
        row.SeenUntil,
        [.. StoredPolicy.Lines(row.Joining).Select(line => line.Split(' ')).Select(parts => new JoiningPattern(Pattern(parts[0]), Time(parts[1])))],
        [.. StoredPolicy.Lines(row.Leaving).Select(line => line.Split(' ')).Select(parts => new LeavingPattern(Pattern(parts[0]), Time(parts[1]), Time(parts[2])))]);

    private static string Column(DateTimeOffset time) => time.UtcTicks.ToString(CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string ticks) => new(long.Parse(ticks, CultureInfo.InvariantCulture), TimeSpan.Zero);

    private static MxPattern Pattern(string text) => MxPattern.TryParse(text, out var pattern, out var error) ? pattern : throw new InvalidDataException(error.Message);
}
