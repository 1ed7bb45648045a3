using System.Collections.Concurrent;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Tests.Domains;

/// <summary>A guard that finds what a test says.</summary>
internal sealed class ScriptedGuard : IEditGuard
{
    public GuardFinding Finding { get; set; } = GuardFinding.None;

    /// <summary>Instead of <see cref="Finding"/>, where it depends on the domain.</summary>
    public Func<MailDomain, GuardFinding>? Of { get; set; }

    /// <summary>Names whose TXT record is in DNS already.</summary>
    public HashSet<string> Announced { get; } = [];

    public Func<Task>? WhileLookingForTheRecord { get; set; }

    public Func<Task>? WhileJudging { get; set; }

    public ConcurrentQueue<string> Judged { get; } = [];

    public async Task<GuardFinding> JudgeAsync(MailDomain domain, StsPolicy policy, bool isOneOfMany, CancellationToken cancellationToken)
    {
        Judged.Enqueue(string.Join(' ', policy.Mx.Select(pattern => pattern.Text)));
        var (meanwhile, finding) = (WhileJudging, Of?.Invoke(domain) ?? Finding);
        WhileJudging = null;
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        return finding;
    }

    /// <summary>No name server says whether a domain is announced.</summary>
    public bool IsSilent { get; set; }

    public async Task<bool?> IsAnnouncedAsync(MailDomain domain, CancellationToken cancellationToken)
    {
        var (meanwhile, found) = (WhileLookingForTheRecord, IsSilent ? (bool?)null : Announced.Contains(domain.Name));
        WhileLookingForTheRecord = null;
        if (meanwhile is not null)
        {
            await meanwhile();
        }

        return found;
    }
}
