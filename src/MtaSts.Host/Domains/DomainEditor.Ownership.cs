using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.Ownership;

namespace MtaSts.Host.Domains;

/// <summary>Whose a domain is: trust, proof, claim, and a proof that is lost.</summary>
internal sealed partial class DomainEditor
{
    /// <summary>A provider's word instead of the proof by DNS; for a domain that waits for its proof, or has lost it.</summary>
    public Task<DomainEdit> TrustAsync(Caller caller, long domainId, Clearance? clearance, CancellationToken cancellationToken) =>
        EditAsync(
            caller,
            domainId,
            ifMatch: null,
            async (write, row) =>
            {
                if (row.State != DomainState.Pending && !await write.Db.DomainProofs.AnyAsync(candidate => candidate.DomainId == row.Id && candidate.LostSince != null, cancellationToken))
                {
                    return new DomainEdit(row);
                }

                if (row.State == DomainState.Pending)
                {
                    if (await HolderAsync(write, row, cancellationToken) is not null)
                    {
                        return ApiProblem.Conflict("domain.held", $"{row.Name} is active for another tenant; remove it there first.");
                    }

                    if (UnguardedFirst(row, clearance) is { } unguarded)
                    {
                        return new DomainEdit(null, Unguarded: unguarded);
                    }

                    await ActivateAsync(write, row, clearance, cancellationToken);
                }

                var proof = await ProofOfAsync(write, row.Id, cancellationToken);
                (proof.Kind, proof.LostSince, proof.ClaimSeenAt, proof.Code, proof.Reason, proof.NextLookAt) = (ProofKind.Trusted, null, null, null, null, ProofTimes.Never);
                Note(write, caller, row, "domain.trust", clearance?.Forced is { } forced ? $"forced past {forced}" : null);
                return new DomainEdit(row, Warnings: clearance?.Warnings);
            },
            cancellationToken);

    /// <summary>The proof was seen: the domain becomes active, or, where the name is another tenant's, the claim goes on by a step.</summary>
    /// <param name="actor">Who is named in the audit.</param>
    /// <param name="domainId">A row that waits for its proof.</param>
    /// <param name="label">The label that was seen; the row may have another one by now, and then nothing happens.</param>
    /// <param name="seen">The proof.</param>
    /// <param name="isClockTrusted">By another clock a claim does not end.</param>
    /// <param name="clearance">What a guard has said of its policy; without it one in `enforce` does not become active.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <returns>What stands against it, if the domain is not active now; with a policy that has to be judged before nothing was changed yet.</returns>
    public Task<(ProofFinding Finding, UnguardedPolicy? Unguarded)> ProveAsync(
        string actor, long domainId, string label, ProofFinding seen, bool isClockTrusted, Clearance? clearance, CancellationToken cancellationToken) =>
        store.WriteAsync<(ProofFinding, UnguardedPolicy?)>(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == domainId, cancellationToken);
                if (row is not { State: DomainState.Pending } || row.Label != label)
                {
                    return (seen, null);
                }

                var proof = await ProofOfAsync(write, row.Id, cancellationToken);
                var holder = await HolderAsync(write, row, cancellationToken);
                if (holder is not null)
                {
                    var against = await ClaimAsync(write, actor, row, proof, holder, seen, isClockTrusted, cancellationToken);
                    (proof.Code, proof.Reason) = (against?.Code, against?.Message);
                    proof.NextLookAt = isClockTrusted ? ProofTimes.NextForPending(row.LabelMadeAt, proof.ClaimSeenAt, write.At) : write.At + ProofTimes.Slowest;
                    if (against is not null)
                    {
                        return (against, null);
                    }
                }

                if (UnguardedFirst(row, clearance) is { } unguarded)
                {
                    // Judged outside: nothing of this try is written.
                    write.Db.ChangeTracker.Clear();
                    return (seen, unguarded);
                }

                if (holder is not null)
                {
                    await TakeOverAsync(write, actor, row, holder, clearance, cancellationToken);
                }
                else
                {
                    await ActivateAsync(write, row, clearance, cancellationToken);
                }

                Proven(proof, seen, write.At);
                Note(write, actor, row, "domain.proven", (seen.Kind == ProofKind.Alias ? "by CNAME" : "by TXT") + Past(clearance));
                return (seen, null);
            },
            cancellationToken);

    /// <summary>A proof is lost, or is there again: said once, in the audit. The domain's row stays as it is.</summary>
    public Task NoteProofAsync(string actor, long domainId, ProofFinding finding, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.AsNoTracking().Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == domainId, cancellationToken);
                var proof = await write.Db.DomainProofs.SingleOrDefaultAsync(candidate => candidate.DomainId == domainId, cancellationToken);
                if (row is not { IsServed: true } || proof is null || !ProofTimes.IsTenants(proof.Kind) || finding.IsProof == (proof.LostSince is null))
                {
                    return false;
                }

                if (finding.IsProof)
                {
                    Proven(proof, finding, write.At);
                    write.Audit(actor, "domain.proof.found", row.Name, null, row.Tenant!.Name, row.Name);
                }
                else
                {
                    (proof.LostSince, proof.Code, proof.Reason) = (write.At, finding.Code, finding.Message);
                    proof.NextLookAt = ProofTimes.NextForProven(finding, write.At, write.At, Random.Shared);
                    write.Audit(actor, "domain.proof.lost", row.Name, finding.Message, row.Tenant!.Name, row.Name);
                    Log.ProofLost(logger, row.Name, row.Tenant.Name, finding.Code!, finding.Message);
                }

                return true;
            },
            cancellationToken);

    /// <summary>Another label for a domain that waits, when the old one has proven nothing in its time; the old one is never given out again.</summary>
    public Task<bool> RenewLabelAsync(string actor, long domainId, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == domainId, cancellationToken);
                if (row is not { State: DomainState.Pending } || write.At - row.LabelMadeAt < ProofTimes.LabelLasts)
                {
                    return false;
                }

                // The domain is not gone: its number stays free for its own end, and no domain's number is negative.
                write.Db.RemovedDomains.Add(new RemovedDomain
                {
                    DomainId = -write.Revision,
                    Name = row.Name,
                    Tenant = row.Tenant!.Name,
                    Label = row.Label,
                    RemovedAt = write.At,
                    Revision = write.Revision,
                });
                (row.Label, row.LabelMadeAt) = (NewLabel(), write.At);
                var proof = await ProofOfAsync(write, row.Id, cancellationToken);
                (proof.ClaimSeenAt, proof.LookedAt, proof.Code, proof.Reason) = (null, null, null, null);
                proof.NextLookAt = ProofTimes.NextForPending(write.At, null, write.At);
                Note(write, actor, row, "domain.label.new", "the old one proved nothing for two weeks");
                return true;
            },
            cancellationToken);

    /// <returns>What stands against the claim; null: the name goes over.</returns>
    private static async Task<ProofFinding?> ClaimAsync(
        StoreWrite write, string actor, HostedDomain row, DomainProof proof, HostedDomain holder, ProofFinding seen, bool isClockTrusted, CancellationToken cancellationToken)
    {
        var holders = await write.Db.DomainProofs.SingleOrDefaultAsync(candidate => candidate.DomainId == holder.Id, cancellationToken);
        if (holder.State == DomainState.Suspended || !ProofTimes.IsTenants(holders?.Kind ?? ProofKind.None))
        {
            if (proof.Code != ProofCodes.Held)
            {
                // Told to the provider and to who claims; by a provider's word the name is nobody's business but theirs.
                write.Audit(actor, "domain.claim.held", row.Name, "the proof was seen; the name is active for another tenant by the provider's word", row.Tenant!.Name, row.Name);
            }

            proof.ClaimSeenAt = null;
            return new ProofFinding(ProofCodes.Held, $"The proof is there, but {row.Name} is active for another tenant; the provider has to decide.");
        }

        if (!seen.Text)
        {
            proof.ClaimSeenAt = null;
            return new ProofFinding(
                ProofCodes.TextNeeded, $"{row.Name} is active for another tenant: to take it over, set _mta-sts-challenge.{row.Name} TXT \"{row.Label}\" as well, and leave it for a day.");
        }

        if (proof.ClaimSeenAt is not { } seenAt || seenAt > write.At || (isClockTrusted && write.At - seenAt > ProofTimes.ClaimLasts))
        {
            proof.ClaimSeenAt = seenAt = write.At;
            write.Audit(
                actor, "domain.claimed", holder.Name,
                $"another tenant shows the TXT proof at _mta-sts-challenge.{holder.Name}; if it is still there after {seenAt + ProofTimes.ClaimTakes:u}, the domain is theirs",
                holder.Tenant!.Name, holder.Name);
        }

        return write.At - seenAt >= ProofTimes.ClaimTakes && isClockTrusted
            ? null
            : new ProofFinding(ProofCodes.Claimed, $"{row.Name} is active for another tenant, who has been told. Leave the TXT record; after {seenAt + ProofTimes.ClaimTakes:u} the domain is yours.");
    }

    private static async Task TakeOverAsync(StoreWrite write, string actor, HostedDomain row, HostedDomain holder, Clearance? clearance, CancellationToken cancellationToken)
    {
        await DomainRemoval.DeleteAsync(write, holder, cancellationToken);
        write.Audit(actor, "domain.taken", holder.Name, $"the TXT proof of another tenant was there for a day; version {holder.Version}", holder.Tenant!.Name, holder.Name);
        // First the one, then the other: the database holds one served row of a name.
        await write.Db.SaveChangesAsync(cancellationToken);
        row.State = DomainState.Active;
        // A new id, greater than all of the former tenant's, so that every sender fetches.
        await AddVersionAsync(write, actor, row, row.Policy(), cancellationToken);
        Hold(write, row, clearance);
    }

    private static async Task ActivateAsync(StoreWrite write, HostedDomain row, Clearance? clearance, CancellationToken cancellationToken)
    {
        row.State = DomainState.Active;
        var version = await write.Db.PolicyVersions.SingleAsync(candidate => candidate.DomainId == row.Id && candidate.Number == row.Version, cancellationToken);
        version.ServedFrom = write.At;
        Hold(write, row, clearance);
    }

    // Its own id waits; one that the domain had elsewhere is in DNS already.
    private static UnguardedPolicy? UnguardedFirst(HostedDomain row, Clearance? clearance) =>
        row.PolicyOrNull() is { } policy && NeedsJudging(policy, clearance) && MailDomain.TryParse(row.Name, out var domain, out _) ? new UnguardedPolicy(domain, policy, IsFirst: true) : null;

    private static void Proven(DomainProof proof, ProofFinding seen, DateTimeOffset at)
    {
        (proof.Kind, proof.ProvenAt, proof.LostSince, proof.ClaimSeenAt, proof.Code, proof.Reason) = (seen.Kind, at, null, null, null, null);
        proof.NextLookAt = ProofTimes.NextForProven(seen, null, at, Random.Shared);
    }

    private static Task<HostedDomain?> HolderAsync(StoreWrite write, HostedDomain row, CancellationToken cancellationToken) => write.Db.Domains.Include(other => other.Tenant)
        .SingleOrDefaultAsync(other => other.Name == row.Name && other.Id != row.Id && other.State != DomainState.Pending, cancellationToken);

    private static async Task<DomainProof> ProofOfAsync(StoreWrite write, long domainId, CancellationToken cancellationToken)
    {
        var proof = await write.Db.DomainProofs.SingleOrDefaultAsync(candidate => candidate.DomainId == domainId, cancellationToken);
        if (proof is null)
        {
            proof = new DomainProof { DomainId = domainId, NextLookAt = ProofTimes.Never };
            write.Db.DomainProofs.Add(proof);
        }

        return proof;
    }

    // Of a removal it keeps nobody: `mode: none` stops no mail, whoever the domain belongs to by now.
    private static async Task<ApiProblem?> RefuseWhileLostAsync(StoreWrite write, Caller caller, HostedDomain row, CancellationToken cancellationToken) =>
        !caller.IsProvider && row.IsServed && await write.Db.DomainProofs.AnyAsync(proof => proof.DomainId == row.Id && proof.LostSince != null, cancellationToken)
            ? ApiProblem.Conflict(
                ProofCodes.Lost, $"The proof that {row.Name} is yours is not in DNS any more; its policy is served on and cannot be changed. Set it again and POST /domains/{row.Name}/verification.")
            : null;

    private static partial class Log
    {
        [LoggerMessage(212, LogLevel.Warning, "The proof of {Domain} is lost for {Tenant} ({Code}): {Reason} Its policy is served on; the tenant cannot change it")]
        public static partial void ProofLost(ILogger logger, string domain, string tenant, string code, string reason);
    }
}
