using System.Globalization;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>`POST /mx`: any domain.</summary>
internal sealed record MxRequest(string Domain);

/// <summary>
/// What `mxSource` `dns` makes of the MX records. `added` would come at once, `removed` goes when no sender can depend on it any more. `code` and `message`: why nothing can be
/// made of them, null when something can.
/// </summary>
internal sealed record MxResource(
    IReadOnlyList<MxHostResource> Hosts,
    IReadOnlyList<MxPatternResource> Patterns,
    IReadOnlyList<string> Served,
    IReadOnlyList<string> Added,
    IReadOnlyList<string> Removed,
    string? Code,
    string? Message)
{
    public static MxResource Of(MxSeen seen, IReadOnlyList<MxPattern> served)
    {
        var wanted = MxPatterns.Of(seen.Everywhere);
        var needed = MxPatterns.Of(seen.Anywhere);
        var problem = MxSourceEdit.Refuse(seen);
        return new MxResource(
            [.. seen.Exchanges.Select(exchange => new MxHostResource(exchange.Name, exchange.Preference, MxPatterns.ProviderOf(exchange.Name)))],
            [.. wanted.Select(one => new MxPatternResource(one.Pattern.Text, one.Because))],
            [.. served.Select(pattern => pattern.Text)],
            [.. wanted.Where(one => !MxPatterns.Covers(served, one.Pattern)).Select(one => one.Pattern.Text)],
            seen.Problem is null ? [.. served.Where(pattern => !MxPatterns.IsNeeded(pattern, seen.Anywhere, needed)).Select(pattern => pattern.Text)] : [],
            problem?.Code,
            problem?.Message);
    }
}

/// <summary>A mail server in DNS; `provider`: whose it is, where a rule knows one.</summary>
internal sealed record MxHostResource(string Host, int Preference, string? Provider);

internal sealed record MxPatternResource(string Pattern, string Because);

/// <summary>
/// How far the patterns have followed DNS. `hosts`: its MX records at the last look that it answered; `joining`: what is about to come; `leaving`: what is about to go, and the earliest end;
/// `completeAt`: from then on no sender can hold a policy that lacks what was added last, so keep the old servers in DNS until then; null without a code: there is nothing to wait for; `code` and `message`: what stands against a change.
/// </summary>
internal sealed record MxFollowingResource(
    DateTimeOffset? LookedAt,
    IReadOnlyList<MxHostResource> Hosts,
    IReadOnlyList<MxJoiningResource> Joining,
    IReadOnlyList<MxLeavingResource> Leaving,
    DateTimeOffset? CompleteAt,
    string? Code,
    string? Message)
{
    public static MxFollowingResource Of(MxFollowing row)
    {
        var state = FollowingState.Of(row);
        return new MxFollowingResource(
            row.LookedAt,
            [.. StoredPolicy.Lines(row.Seen).Select(line => line.Split(' ')).Select(parts => new MxHostResource(parts[1], int.Parse(parts[0], CultureInfo.InvariantCulture), MxPatterns.ProviderOf(parts[1])))],
            [.. state.Joining.Select(one => new MxJoiningResource(one.Pattern.Text, one.Since))],
            [.. state.Leaving.Select(one => new MxLeavingResource(one.Pattern.Text, one.Since, one.NotBefore))],
            row.CompleteAt,
            row.Code,
            row.Reason);
    }
}

/// <summary>A pattern that DNS wants since then.</summary>
internal sealed record MxJoiningResource(string Pattern, DateTimeOffset Since);

/// <summary>A pattern that nothing in DNS needs since then.</summary>
internal sealed record MxLeavingResource(string Pattern, DateTimeOffset Since, DateTimeOffset NotBefore);
