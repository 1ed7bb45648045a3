using MtaSts.Host.Data;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Following;

/// <summary>
/// All that was ever in DNS and all texts that were ever served, as senders may have got them; it knows nothing of the service's own dates. The resolver hears of a
/// change at some time within the TTL, as senders' do.
/// </summary>
internal sealed class SenderBook(FollowingRig rig, TimeSpan ttl, Random random)
{
    private static readonly TimeSpan Proxy = TimeSpan.FromSeconds(60);

    private readonly List<(DateTimeOffset From, string[] Mx)> _zone = [];
    private DateTimeOffset _resolverHears;

    /// <summary>The TTL, an hour with its spread, the second look, and a step of the test.</summary>
    private TimeSpan Grace => ttl + TimeSpan.FromMinutes(65 + 10 + 24);

    public void Set(params string[] mx)
    {
        _zone.Add((rig.Now, mx));
        rig.Dns.InZone = mx;
        _resolverHears = rig.Now + (ttl * random.NextDouble());
    }

    public void Hear()
    {
        if (rig.Now >= _resolverHears)
        {
            rig.Dns.AtResolver = _zone[^1].Mx;
        }
    }

    /// <summary>A time of twelve-minute steps, judged at each.</summary>
    public async Task LiveAsync(TimeSpan time, bool delivers = true)
    {
        for (var end = rig.Now + time; rig.Now < end;)
        {
            Hear();
            await rig.PassAsync(TimeSpan.FromMinutes(12));
            await JudgeAsync(delivers);
        }
    }

    /// <param name="delivers">Whether the customer kept his old servers for as long as he was told: then every sender delivers to one of them at least.</param>
    private async Task JudgeAsync(bool delivers)
    {
        var now = rig.Now;
        var told = _zone.Where((_, index) => index + 1 == _zone.Count || _zone[index + 1].From > now - ttl).Select(entry => entry.Mx).ToList();
        var versions = await rig.VersionsAsync();
        Assert.NotEmpty(StoredPolicy.Lines(versions[^1].Mx));
        for (var index = 0; index < versions.Count; index++)
        {
            var end = index + 1 < versions.Count ? versions[index + 1].ServedFrom!.Value : now;
            if (now >= end + Proxy + TimeSpan.FromSeconds(versions[index].MaxAge))
            {
                continue;
            }

            var patterns = versions[index].Policy().Mx;
            foreach (var host in told.SelectMany(mx => mx).Distinct())
            {
                Assert.True(
                    patterns.Any(pattern => pattern.Matches(host)) || end <= Named(host) + Grace,
                    $"At {now:u} a sender may hold version {versions[index].Number} ({string.Join(", ", patterns.Select(pattern => pattern.Text))}), served until {end:u}, and be told of {host}, in DNS since {Named(host):u}.");
            }

            Assert.True(!delivers || told.All(mx => mx.Any(host => patterns.Any(pattern => pattern.Matches(host)))), $"At {now:u} a sender with version {versions[index].Number} delivers nowhere.");
        }
    }

    // A gap that caches have bridged is none.
    private DateTimeOffset Named(string host)
    {
        var since = DateTimeOffset.MaxValue;
        for (var index = _zone.Count - 1; index >= 0; index--)
        {
            var end = index + 1 < _zone.Count ? _zone[index + 1].From : rig.Now;
            if (_zone[index].Mx.Contains(host))
            {
                since = _zone[index].From;
            }
            else if (since != DateTimeOffset.MaxValue && since - _zone[index].From > ttl && end == since)
            {
                break;
            }
        }

        return since;
    }
}
