using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Domains.Ownership;

namespace MtaSts.Host.Domains;

/// <summary>
/// The only writer of policy rows. Every edit is one transaction: rules, row, version, revision, audit line. What a caller may see was
/// judged before; what another edit changed meanwhile is judged here again.
/// </summary>
internal sealed partial class DomainEditor(Store store, ILogger<DomainEditor> logger)
{
    public Task<DomainEdit> PutAsync(
        Caller caller, MailDomain domain, Tenant tenant, DomainInput input, IfMatch ifMatch, Clearance? clearance, CancellationToken cancellationToken, MxSeen? seen = null) =>
        store.WriteAsync(
            async write =>
            {
                var rows = await write.Db.Domains.Include(row => row.Tenant).Include(row => row.Template).Where(row => row.Name == domain.Name).ToListAsync(cancellationToken);
                var row = rows.SingleOrDefault(candidate => candidate.TenantId == tenant.Id);
                if (!ifMatch.Holds(row?.Revision))
                {
                    return Changed();
                }

                if (caller.IsProvider && rows.Exists(other => other.IsServed && other.TenantId != tenant.Id))
                {
                    return ApiProblem.Conflict("domain.held", $"{domain} is active for another tenant; remove it there first.");
                }

                var (whole, instead) = await WholeAsync(write, domain, tenant.Id, row, input, seen, cancellationToken);
                if (row is null)
                {
                    if (instead is not null)
                    {
                        return instead;
                    }

                    if (!await write.Db.Tenants.AnyAsync(candidate => candidate.Id == tenant.Id, cancellationToken))
                    {
                        return ApiProblem.InvalidInput("tenant.unknown", "tenant", $"There is no tenant {tenant.Name}.");
                    }

                    return await AddAsync(write, caller, domain, tenant, whole!, clearance, cancellationToken);
                }

                if (RefuseWhileSuspended(caller, row) is { } suspended)
                {
                    return suspended;
                }

                if (await RefuseWhileLostAsync(write, caller, row, cancellationToken) is { } lost)
                {
                    return lost;
                }

                if (instead is not null)
                {
                    return instead;
                }

                var cancelsRemoval = row.State == DomainState.Removing;
                if (cancelsRemoval)
                {
                    (row.State, row.RemovalStartedAt, row.RecordEndedAt) = (DomainState.Active, null, null);
                }

                return await ChangeAsync(write, caller.Actor, row, whole!, cancelsRemoval ? "domain.removal.cancel" : "domain.change", clearance, cancellationToken);
            },
            cancellationToken);

    /// <summary><paramref name="read"/> makes the input from the row as it is now: a merge patch means something only against that.</summary>
    public Task<DomainEdit> PatchAsync(
        Caller caller, long domainId, Func<HostedDomain, (DomainInput? Input, ApiProblem? Problem)> read, IfMatch ifMatch, Clearance? clearance, CancellationToken cancellationToken, MxSeen? seen = null) =>
        EditAsync(
            caller,
            domainId,
            ifMatch,
            async (write, row) =>
            {
                if (row.State == DomainState.Removing)
                {
                    return WhileRemoving(row);
                }

                if (await RefuseWhileLostAsync(write, caller, row, cancellationToken) is { } lost)
                {
                    return lost;
                }

                var (input, problem) = read(row);
                if (problem is not null)
                {
                    return problem;
                }

                if (MailDomain.TryParse(row.Name, out var domain, out _))
                {
                    (input, var instead) = await WholeAsync(write, domain, row.TenantId, row, input!, seen, cancellationToken);
                    if (instead is not null)
                    {
                        return instead;
                    }
                }

                if (input!.State is { } state && state != row.State)
                {
                    if (row.State == DomainState.Pending)
                    {
                        return ApiProblem.Conflict("domain.pending", $"{row.Name} waits for its proof of ownership; see POST /domains/{row.Name}/verification.");
                    }

                    row.State = state;
                }

                return await ChangeAsync(write, caller.Actor, row, input, "domain.change", clearance, cancellationToken);
            },
            cancellationToken);

    public Task<DomainEdit> RestoreAsync(Caller caller, long domainId, int number, IfMatch ifMatch, Clearance? clearance, CancellationToken cancellationToken) =>
        EditAsync(
            caller,
            domainId,
            ifMatch,
            async (write, row) =>
            {
                if (row.State == DomainState.Removing)
                {
                    return WhileRemoving(row);
                }

                if (await RefuseWhileLostAsync(write, caller, row, cancellationToken) is { } lost)
                {
                    return lost;
                }

                var version = await write.Db.PolicyVersions.SingleOrDefaultAsync(candidate => candidate.DomainId == row.Id && candidate.Number == number, cancellationToken);
                if (version is null)
                {
                    return ApiProblem.NotFound("version.not_found", $"{row.Name} has no version {number}.");
                }

                // Whoever wants an old list back wants that list, and not what DNS makes of it an hour later.
                MxSource? source = version.Policy() == row.PolicyOrNull() ? null : MxSource.Manual;
                var input = DomainInput.Of(version.Policy(), row, source) with { TemplateId = source is null ? row.TemplateId : null };
                return await ChangeAsync(write, caller.Actor, row, input, "domain.restore", clearance, cancellationToken, $"version {number}");
            },
            cancellationToken);

    /// <summary>The same text under a new id, so that every sender fetches again.</summary>
    public Task<DomainEdit> ReannounceAsync(Caller caller, long domainId, CancellationToken cancellationToken) =>
        EditAsync(
            caller,
            domainId,
            ifMatch: null,
            async (write, row) =>
            {
                await AddVersionAsync(write, caller, row, row.Policy(), cancellationToken);
                Note(write, caller, row, "domain.reannounce", $"id {row.PolicyId}");
                return new DomainEdit(row);
            },
            cancellationToken);

    /// <summary>Deletes a row that no sender can depend on, or one that the provider wants gone <paramref name="now"/>; starts the ordered way out for others.</summary>
    public Task<DomainEdit> RemoveAsync(Caller caller, long domainId, bool now, IfMatch ifMatch, CancellationToken cancellationToken) =>
        EditAsync(
            caller,
            domainId,
            ifMatch,
            async (write, row) =>
            {
                if (now || row.State == DomainState.Pending)
                {
                    await DomainRemoval.DeleteAsync(write, row, cancellationToken);
                    Note(write, caller, row, now ? "domain.delete.now" : "domain.delete", $"version {row.Version}, {row.Mode.ToWord()}");
                    return new DomainEdit(null);
                }

                if (row.State == DomainState.Removing)
                {
                    return new DomainEdit(row);
                }

                if (row.State == DomainState.Suspended)
                {
                    // A removal can be cancelled by the tenant's PUT, which would lift the suspension along with it.
                    return ApiProblem.Conflict("domain.suspended", $"{row.Name} is suspended; set its state to active first, or remove it with ?now=true.");
                }

                (row.State, row.RemovalStartedAt, row.TemplateId) = (DomainState.Removing, write.At, null);
                await EndHoldAsync(write, row, cancellationToken);
                await AddVersionAsync(write, caller, row, DomainRemoval.LastPolicy(row.Policy()), cancellationToken);
                Note(write, caller, row, "domain.removal.start", $"id {row.PolicyId}");
                return new DomainEdit(row);
            },
            cancellationToken);

    private Task<DomainEdit> EditAsync(
        Caller caller, long domainId, IfMatch? ifMatch, Func<StoreWrite, HostedDomain, Task<DomainEdit>> edit, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.Include(candidate => candidate.Tenant).Include(candidate => candidate.Template).SingleOrDefaultAsync(candidate => candidate.Id == domainId, cancellationToken);
                if (row is null)
                {
                    return ApiProblem.NotFound("domain.not_found", "The domain was removed meanwhile.");
                }

                if (ifMatch?.Holds(row.Revision) == false)
                {
                    return Changed();
                }

                return RefuseWhileSuspended(caller, row) is { } suspended ? suspended : await edit(write, row);
            },
            cancellationToken);

    // 128 random bits in 26 letters, so that nobody guesses another tenant's target.
    private static string NewLabel() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 26);

    private static async Task<DomainEdit> AddAsync(
        StoreWrite write, Caller caller, MailDomain domain, Tenant tenant, DomainInput input, Clearance? clearance, CancellationToken cancellationToken)
    {
        if (caller.IsProvider && NeedsJudging(input.Policy, clearance))
        {
            return new DomainEdit(null, Unguarded: new UnguardedPolicy(domain, input.Policy, IsFirst: true));
        }

        var row = new HostedDomain
        {
            Name = domain.Name,
            TenantId = tenant.Id,
            Label = NewLabel(),
            LabelMadeAt = write.At,
            State = caller.IsProvider ? DomainState.Active : DomainState.Pending,
            Mx = "",
            PolicyId = "",
            TlsRptRua = Column(input.TlsRptRua),
            TemplateId = input.TemplateId,
            CreatedAt = write.At,
        };
        write.Db.Domains.Add(row);
        await AddVersionAsync(write, caller, row, input.Policy, cancellationToken);
        row.Tenant = await write.Db.Tenants.SingleAsync(candidate => candidate.Id == tenant.Id, cancellationToken);
        // Its id comes from the database, and the rows beside it need it.
        await write.Db.SaveChangesAsync(cancellationToken);
        await FollowAsync(write, row, input, cancellationToken);
        if (row.IsServed)
        {
            Hold(write, row, clearance);
        }
        else
        {
            write.Db.DomainProofs.Add(new DomainProof { DomainId = row.Id, NextLookAt = ProofTimes.NextForPending(write.At, null, write.At) });
        }

        Note(write, caller, row, "domain.create", $"{Describe(row)}{Past(clearance)}");
        return new DomainEdit(row, Created: true, Warnings: [.. DomainRules.Warnings(input.Policy, enforcedBefore: false, isFirstVersion: true), .. clearance?.Warnings ?? []]);
    }

    private static async Task<DomainEdit> ChangeAsync(
        StoreWrite write, string actor, HostedDomain row, DomainInput input, string action, Clearance? clearance, CancellationToken cancellationToken, string? detail = null, string? reason = null)
    {
        var before = row.PolicyOrNull();
        if (row.IsServed && DomainRules.CouldStopMail(before, input.Policy) && clearance?.IsFor(input.Policy) != true && MailDomain.TryParse(row.Name, out var domain, out _))
        {
            // Judged outside: nothing of this try is written.
            write.Db.ChangeTracker.Clear();
            return new DomainEdit(null, Unguarded: new UnguardedPolicy(domain, input.Policy));
        }

        // An edit that changes nothing warns as the one before did: the present version is not its own history.
        // A damaged one is mended by any PUT.
        var isNew = input.Policy != before;
        var enforcedBefore = await write.Db.PolicyVersions.AnyAsync(
            version => version.DomainId == row.Id && version.Mode == StsMode.Enforce && (isNew || version.Number < row.Version), cancellationToken);
        var isFirst = row.Version == 1 && !isNew;
        var isRaised = isNew && before is { Mode: StsMode.Enforce } && input.Policy.Mode == StsMode.Enforce && input.Policy.MaxAge > before.MaxAge;
        var held = isRaised ? await HeldMaxAgeAsync(write, row, cancellationToken) : null;
        if (isNew)
        {
            await AddVersionAsync(write, actor, row, input.Policy, cancellationToken, reason);
            if (input.Policy.Mode != StsMode.Enforce || clearance?.IsFor(input.Policy) == true)
            {
                await EndHoldAsync(write, row, cancellationToken);
            }
        }

        (row.TlsRptRua, row.TemplateId) = (Column(input.TlsRptRua), input.TemplateId);
        await FollowAsync(write, row, input, cancellationToken);
        if (write.Db.ChangeTracker.HasChanges())
        {
            var what = detail is null ? Describe(row) : $"{detail}: {Describe(row)}";
            Note(write, actor, row, action, isNew ? what + Past(clearance) : what);
        }

        return new DomainEdit(row, Warnings: [.. DomainRules.Warnings(input.Policy, enforcedBefore, isFirst, held, isRaised), .. isNew && clearance is not null ? clearance.Warnings : []]);
    }

    private static string Past(Clearance? clearance) => clearance?.Forced is { } forced ? $"; forced past {forced}" : "";

    // Of a first one also that nothing in DNS announces it yet.
    private static bool NeedsJudging(StsPolicy policy, Clearance? clearance) => policy.Mode == StsMode.Enforce && clearance?.Policy != policy;

    // No edit before this one was judged: its id waits until the mail servers are found fit.
    private static void Hold(StoreWrite write, HostedDomain row, Clearance? clearance)
    {
        if (row.Mode == StsMode.Enforce && clearance?.IsJudged != true)
        {
            write.Db.AnnouncementHolds.Add(new AnnouncementHold { DomainId = row.Id, Since = write.At, NextLookAt = write.At });
        }
    }

    private static async Task EndHoldAsync(StoreWrite write, HostedDomain row, CancellationToken cancellationToken) =>
        write.Db.AnnouncementHolds.RemoveRange(await write.Db.AnnouncementHolds.Where(hold => hold.DomainId == row.Id).ToListAsync(cancellationToken));

    private static async Task<int?> HeldMaxAgeAsync(StoreWrite write, HostedDomain row, CancellationToken cancellationToken)
    {
        var enforced = await write.Db.PolicyVersions.AsNoTracking()
            .Where(version => version.DomainId == row.Id && version.Mode == StsMode.Enforce && version.ServedFrom != null)
            .Select(version => new { version.MaxAge, version.ServedFrom, version.ServedUntil })
            .ToListAsync(cancellationToken);
        return enforced.Where(version => (version.ServedUntil ?? write.At) - version.ServedFrom >= DomainRules.HeldFor).Max(version => (int?)version.MaxAge);
    }

    private static Task AddVersionAsync(StoreWrite write, Caller caller, HostedDomain row, StsPolicy policy, CancellationToken cancellationToken) =>
        AddVersionAsync(write, caller.Actor, row, policy, cancellationToken);

    private static async Task AddVersionAsync(StoreWrite write, string actor, HostedDomain row, StsPolicy policy, CancellationToken cancellationToken, string? reason = null)
    {
        // The version before is served on until every node has read this one; see VersionClosing.
        row.Version++;
        row.Mode = policy.Mode;
        row.Mx = StoredPolicy.MxColumn(policy);
        row.MaxAge = policy.MaxAge;
        row.PolicyId = await PolicyIds.NextAsync(write, row.Name, cancellationToken);
        write.Db.PolicyVersions.Add(new PolicyVersion
        {
            Domain = row,
            Number = row.Version,
            PolicyId = row.PolicyId,
            Mode = row.Mode,
            Mx = row.Mx,
            MaxAge = row.MaxAge,
            Actor = actor,
            Reason = reason,
            CreatedAt = write.At,
            ServedFrom = row.IsServed ? write.At : null,
        });
    }

    private static void Note(StoreWrite write, Caller caller, HostedDomain row, string action, string? detail) => Note(write, caller.Actor, row, action, detail);

    private static void Note(StoreWrite write, string actor, HostedDomain row, string action, string? detail)
    {
        row.Revision = write.Revision;
        row.UpdatedAt = write.At;
        write.Audit(actor, action, row.Name, detail, row.Tenant!.Name, row.Name);
    }

    private static string Describe(HostedDomain row) =>
        $"version {row.Version}, {row.Mode.ToWord()}, max_age {row.MaxAge}, {StoredPolicy.Lines(row.Mx).Length} mx{(row.MxSource == MxSource.Dns ? " from DNS" : "")}, id {row.PolicyId}";

    private static string? Column(IReadOnlyList<string>? lines) => lines is null ? null : string.Join('\n', lines);

    private static ApiProblem? RefuseWhileSuspended(Caller caller, HostedDomain row) => row.State == DomainState.Suspended && !caller.IsProvider
        ? ApiProblem.Conflict("domain.suspended", $"{row.Name} is suspended by the provider; its policy is served on and cannot be changed.")
        : null;

    private static ApiProblem WhileRemoving(HostedDomain row) =>
        ApiProblem.Conflict("domain.removing", $"{row.Name} is being removed; a PUT of its policy cancels that.");

    private static ApiProblem Changed() => ApiProblem.PreconditionFailed("The domain is not as If-Match says: someone changed it, or it does not exist. Read it again.");
}
