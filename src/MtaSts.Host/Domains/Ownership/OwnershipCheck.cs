using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>
/// One look at one domain's proof, and what follows from it. What was found goes into `domain_proofs`, beside the policies; only what changes whose a
/// domain is goes through <see cref="DomainEditor"/>. Safe from all threads.
/// </summary>
internal sealed class OwnershipCheck(Store store, ProofLook look, DomainEditor editor, IEditGuard guard, GuardPlaces places, IOptions<DnsOptions> dns, TrustedClock trustedClock, TimeProvider clock)
{
    /// <summary>A domain is not looked at more often; in between the last finding is repeated.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    // Whoever looks may die; the look is then due again.
    private static readonly TimeSpan LookLasts = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private const int LongestReason = 1000;

    /// <summary>Looks because somebody asks.</summary>
    /// <returns>Null when the domain is active; the finding otherwise.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<ApiProblem?> VerifyAsync(Caller caller, long domainId, CancellationToken cancellationToken)
    {
        if (await FindAsync(domainId, cancellationToken) is not { } domain)
        {
            return ApiProblem.NotFound("domain.not_found", "The domain was removed meanwhile.");
        }

        if (domain.Row.State == DomainState.Pending && clock.GetUtcNow() - domain.Row.LabelMadeAt >= ProofTimes.LabelLasts && await trustedClock.IsTrustedAsync(cancellationToken))
        {
            await editor.RenewLabelAsync(caller.Actor, domainId, cancellationToken);
        }

        var finding = await LookAsync(domainId, caller.Actor, cancellationToken, isAsked: true);
        domain = await FindAsync(domainId, cancellationToken);
        return domain is null ? ApiProblem.NotFound("domain.not_found", "The domain was removed meanwhile.")
            : domain.Row.IsServed ? null
            : ApiProblem.Conflict(
                finding?.Code ?? domain.Proof?.Code ?? ProofCodes.Unknown,
                finding?.Message ?? domain.Proof?.Reason ?? $"The name servers of {domain.Row.Name} are being asked; ask again in {Between.TotalSeconds:0} seconds.");
    }

    /// <summary>Looks, unless somebody did a moment ago, or nobody needs to.</summary>
    /// <param name="domainId">Which row.</param>
    /// <param name="actor">Who is named in the audit when something follows.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <param name="isAsked">Somebody waits for the answer.</param>
    /// <returns>Null when there was no look.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<ProofFinding?> LookAsync(long domainId, string actor, CancellationToken cancellationToken, bool isAsked = false)
    {
        if (await FindAsync(domainId, cancellationToken) is not { } domain
            || (domain.Row.IsServed && !ProofTimes.IsTenants(domain.Proof?.Kind ?? ProofKind.None))
            || !await EnterAsync(domainId, cancellationToken))
        {
            return null;
        }

        var names = new ProofNames(domain.Row.Name, domain.Row.Label, dns.Value.Zone);
        var finding = ProofRules.Judge(await look.LookAsync(names, cancellationToken), names);
        if (domain.Row.IsServed)
        {
            await StillProvenAsync(domain.Row, domain.Proof!, finding, actor, cancellationToken);
            return finding;
        }

        var isTrusted = await trustedClock.IsTrustedAsync(cancellationToken);
        if (finding.IsProof)
        {
            return await ProveAsync(domain.Row, domain.Proof, finding, isTrusted, actor, isAsked, cancellationToken);
        }

        // A look that failed ends no claim; one that shows that the text is gone does.
        var claimSeenAt = finding.IsAbsent ? null : domain.Proof?.ClaimSeenAt;
        var next = ProofTimes.NextForPending(domain.Row.LabelMadeAt, claimSeenAt, clock.GetUtcNow());
        await SaveAsync(domainId, finding, next == ProofTimes.Never && !isTrusted ? clock.GetUtcNow() + ProofTimes.Slowest : next, claimSeenAt, cancellationToken);
        return finding;
    }

    private async Task<ProofFinding> ProveAsync(HostedDomain row, DomainProof? proof, ProofFinding seen, bool isTrusted, string actor, bool isAsked, CancellationToken cancellationToken)
    {
        var (finding, unguarded) = await editor.ProveAsync(actor, row.Id, row.Label, seen, isTrusted, clearance: null, cancellationToken);
        if (unguarded is null)
        {
            return finding;
        }

        // The same as for an edit: what it would serve senders is judged first, and it stays as it is when that is refused.
        var (clearance, against) = await ClearAsync(row, unguarded, isAsked, cancellationToken);
        if (clearance is not null)
        {
            (finding, unguarded) = await editor.ProveAsync(actor, row.Id, row.Label, seen, isTrusted, clearance, cancellationToken);
            if (unguarded is null)
            {
                return finding;
            }

            against = new ProofFinding(ProofCodes.Unknown, $"The policy of {row.Name} was changed while its mail servers were looked at; ask again.");
        }

        var now = clock.GetUtcNow();
        var next = ProofTimes.NextForPending(row.LabelMadeAt, claimSeenAt: null, now);
        // What stands against it for a moment only puts the look off by a minute.
        next = against!.Code is GuardPlaces.BusyCode or ProofCodes.Unknown && next > now + Soon ? now + Soon : next == ProofTimes.Never && !isTrusted ? now + ProofTimes.Slowest : next;
        await SaveAsync(row.Id, against, next, proof?.ClaimSeenAt, cancellationToken);
        return against;
    }

    private async Task<(Clearance? Clearance, ProofFinding? Against)> ClearAsync(HostedDomain row, UnguardedPolicy wanted, bool isAsked, CancellationToken cancellationToken)
    {
        switch (await guard.IsAnnouncedAsync(wanted.Domain, cancellationToken))
        {
            case false:
                return (Clearance.Unannounced(wanted), null);
            case null:
                return (null, new ProofFinding(ProofCodes.Unknown, $"The proof is there, but no name server of {row.Name} says whether DNS announces a policy already."));
        }

        // The loop does not wait: a tenant with many such domains must not keep the proofs of all others waiting.
        var place = isAsked ? await places.TryEnterAsync(row.TenantId, cancellationToken) : places.TryEnter(row.TenantId);
        if (place is null)
        {
            return (null, new ProofFinding(GuardPlaces.BusyCode, "The proof is there; the mail servers are looked at when those of others have been."));
        }

        var (clearance, refusal) = await GuardedEdit.JudgeAsync(guard, place, wanted, isForced: false, cancellationToken);
        return (clearance, refusal is null ? null : new ProofFinding(
            refusal.Code,
            Short(string.Join(' ', (refusal.Errors ?? []).Select(error => error.Message).Prepend($"The proof is there, and DNS announces a policy already: this one would be in force at once. {refusal.Detail}")))));
    }

    private static string Short(string reason) => reason.Length > LongestReason ? reason[..LongestReason] : reason;

    private async Task StillProvenAsync(HostedDomain row, DomainProof proof, ProofFinding finding, string actor, CancellationToken cancellationToken)
    {
        if (proof.Kind == ProofKind.Alias && dns.Value.Zone.Length == 0 && finding.IsAbsent)
        {
            // The zone went out of the settings: that is our doing, not the customer's.
            finding = new ProofFinding(ProofCodes.Unknown, "Dns:Zone is not set any more, so the CNAME proves nothing.");
        }

        var isLostNow = finding.IsAbsent && proof.LostSince is null;
        var isFoundAgain = finding.IsProof && proof.LostSince is not null;
        if (isLostNow || isFoundAgain)
        {
            await editor.NoteProofAsync(actor, row.Id, finding, cancellationToken);
            return;
        }

        var now = clock.GetUtcNow();
        var next = ProofTimes.NextForProven(finding, proof.LostSince, now, Random.Shared);
        if (!finding.IsProof)
        {
            await SaveAsync(row.Id, finding, next, proof.ClaimSeenAt, cancellationToken);
            return;
        }

        await store.WriteAsideAsync(
            db => db.DomainProofs.Where(stored => stored.DomainId == row.Id && (stored.Kind == ProofKind.Alias || stored.Kind == ProofKind.Text)).ExecuteUpdateAsync(
                set => set.SetProperty(stored => stored.Kind, finding.Kind).SetProperty(stored => stored.ProvenAt, now).SetProperty(stored => stored.NextLookAt, next)
                    .SetProperty(stored => stored.Code, (string?)null).SetProperty(stored => stored.Reason, (string?)null),
                cancellationToken),
            cancellationToken);
    }

    private Task SaveAsync(long domainId, ProofFinding finding, DateTimeOffset next, DateTimeOffset? claimSeenAt, CancellationToken cancellationToken) => store.WriteAsideAsync(
        db => db.DomainProofs.Where(proof => proof.DomainId == domainId && proof.Kind != ProofKind.Trusted).ExecuteUpdateAsync(
            set => set.SetProperty(proof => proof.Code, finding.Code).SetProperty(proof => proof.Reason, finding.Message)
                .SetProperty(proof => proof.NextLookAt, next).SetProperty(proof => proof.ClaimSeenAt, claimSeenAt),
            cancellationToken),
        cancellationToken);

    // Of all nodes and callers one looks at a time; a time of the last look that lies ahead was made by a wrong clock.
    private async Task<bool> EnterAsync(long domainId, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var (before, again) = (now - Between, now + LookLasts);
        var entered = 0;
        await store.WriteAsideAsync(
            async db =>
            {
                await db.Database.ExecuteSqlAsync($"""INSERT INTO domain_proofs ("DomainId", "Kind", "NextLookAt") VALUES ({domainId}, 0, 0) ON CONFLICT DO NOTHING""", cancellationToken);
                entered = await db.DomainProofs
                    .Where(proof => proof.DomainId == domainId && (proof.LookedAt == null || proof.LookedAt <= before || proof.LookedAt > now))
                    .ExecuteUpdateAsync(set => set.SetProperty(proof => proof.LookedAt, now).SetProperty(proof => proof.NextLookAt, again), cancellationToken);
            },
            cancellationToken);
        return entered == 1;
    }

    private async Task<Found?> FindAsync(long domainId, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await db.Domains.SingleOrDefaultAsync(row => row.Id == domainId, cancellationToken) is { } row
            ? new Found(row, await db.DomainProofs.SingleOrDefaultAsync(proof => proof.DomainId == domainId, cancellationToken))
            : null;
    }

    private sealed record Found(HostedDomain Row, DomainProof? Proof);
}
