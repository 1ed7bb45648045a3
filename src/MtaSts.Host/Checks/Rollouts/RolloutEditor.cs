using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Domains.Ownership;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>What people do to a roll-out, and what the loop notes of it. Each is one transaction with its line in the audit; policies are changed by <see cref="DomainEditor"/> alone.</summary>
internal sealed class RolloutEditor(Store store)
{
    /// <summary>The one who takes a refusal of the guard upon himself means what it has just said, not what it may say in days.</summary>
    private static readonly TimeSpan GuardAccepted = TimeSpan.FromHours(1);

    /// <summary>Begins one, or gives the one that is going on other numbers; twice changes nothing.</summary>
    public Task<ApiProblem?> StartAsync(Caller caller, long domainId, RolloutInput input, CancellationToken cancellationToken) =>
        EditAsync(
            domainId,
            async (write, row, rollout) =>
            {
                if (RefuseStart(row, input, rollout) is { } refusal)
                {
                    return refusal;
                }

                if (!caller.IsProvider && await write.Db.DomainProofs.AnyAsync(proof => proof.DomainId == row.Id && proof.LostSince != null, cancellationToken))
                {
                    return ApiProblem.Conflict(ProofCodes.Lost, $"The proof that {row.Name} is yours is not in DNS any more; set it again and POST /domains/{row.Name}/verification.");
                }

                if (rollout is not { IsOpen: true } || !RolloutPlan.IsAtStage(rollout, row.Policy()))
                {
                    if (rollout is not null)
                    {
                        write.Db.Rollouts.Remove(rollout);
                        await write.Db.SaveChangesAsync(cancellationToken);
                    }

                    rollout = new Rollout { DomainId = row.Id, StartedBy = caller.Actor, StartedAt = write.At, StateSince = write.At, StageSince = write.At, Stage = RolloutPlan.First(row.Policy(), input.MaxAge)!.Value };
                    write.Db.Rollouts.Add(rollout);
                }
                else if ((rollout.WantedMaxAge, rollout.TestingDays, rollout.StageDays) == (input.MaxAge, input.TestingDays, input.StageDays))
                {
                    return null;
                }

                (rollout.WantedMaxAge, rollout.TestingDays, rollout.StageDays, rollout.NextLookAt) = (input.MaxAge, input.TestingDays, input.StageDays, write.At);
                write.Audit(caller.Actor, "domain.rollout.start", row.Name, $"to enforce with max_age {input.MaxAge}, {input.TestingDays} days of testing, {input.StageDays} days a stage", row.Tenant!.Name, row.Name);
                return null;
            },
            cancellationToken);

    public Task<ApiProblem?> PauseAsync(Caller caller, long domainId, CancellationToken cancellationToken) =>
        EditAsync(
            domainId,
            (write, row, rollout) =>
            {
                if (rollout is not { IsOpen: true })
                {
                    return Task.FromResult<ApiProblem?>(NotOpen(row));
                }

                if (rollout.State != RolloutState.Paused)
                {
                    Set(rollout, RolloutState.Paused, "rollout.paused", "Paused by hand; POST …/rollout/resume goes on.", write.At);
                    write.Audit(caller.Actor, "domain.rollout.pause", row.Name, null, row.Tenant!.Name, row.Name);
                }

                return Task.FromResult<ApiProblem?>(null);
            },
            cancellationToken);

    /// <summary>Goes on after a pause, or, with <paramref name="isForced"/>, in spite of what keeps it.</summary>
    public Task<ApiProblem?> ResumeAsync(Caller caller, long domainId, bool isForced, CancellationToken cancellationToken) =>
        EditAsync(
            domainId,
            async (write, row, rollout) =>
            {
                if (rollout is not { IsOpen: true })
                {
                    return NotOpen(row);
                }

                var wrong = await write.Db.DomainAdvisories.AsNoTracking().Where(advisory => advisory.DomainId == row.Id).ToListAsync(cancellationToken);
                var keeping = RolloutRules.Keeping(rollout, wrong).ToList();
                if (!isForced && keeping.Count > 0)
                {
                    return new ApiProblem(
                        StatusCodes.Status409Conflict,
                        "rollout.errors",
                        "The last check found what would stop mail in enforce; it goes on by itself when that is mended and checked again, or with ?force=true (admin).",
                        [.. keeping.Select(advisory => new FieldError(advisory.Code, "policy", $"{advisory.Subject}: {advisory.Message}"))]);
                }

                if (isForced && (keeping.Count > 0 || IsGuards(rollout.Code)))
                {
                    var lines = rollout.Accepted?.Split('\n') ?? [];
                    rollout.Accepted = string.Join('\n', lines.Concat(keeping.Select(RolloutRules.Line)).Concat(IsGuards(rollout.Code) ? [Line(rollout.Code, rollout.Reason)] : []).Distinct());
                    rollout.AcceptedAt = write.At;
                    write.Audit(caller.Actor, "domain.rollout.force", row.Name, $"past {rollout.Accepted.Replace("\n", "; ", StringComparison.Ordinal)}", row.Tenant!.Name, row.Name);
                }
                else if (rollout.State == RolloutState.Paused)
                {
                    write.Audit(caller.Actor, "domain.rollout.resume", row.Name, null, row.Tenant!.Name, row.Name);
                }

                // What else keeps it, the next look says.
                Set(rollout, RolloutState.Running, null, null, write.At);
                rollout.NextLookAt = write.At;
                return null;
            },
            cancellationToken);

    /// <summary>The policy stays as it is.</summary>
    public Task<ApiProblem?> StopAsync(Caller caller, long domainId, CancellationToken cancellationToken) =>
        EditAsync(
            domainId,
            (write, row, rollout) =>
            {
                if (rollout is null)
                {
                    return Task.FromResult<ApiProblem?>(None(row));
                }

                write.Db.Rollouts.Remove(rollout);
                if (rollout.IsOpen)
                {
                    write.Audit(caller.Actor, "domain.rollout.stop", row.Name, $"in stage {EnumWords.Of(rollout.Stage)}", row.Tenant!.Name, row.Name);
                }

                return Task.FromResult<ApiProblem?>(null);
            },
            cancellationToken);

    /// <summary>Notes what a look came to, while the roll-out is as it was then.</summary>
    public Task NoteAsync(Rollout judged, RolloutDecision decision, CancellationToken cancellationToken) =>
        EditAsync(
            judged.DomainId,
            (write, row, rollout) =>
            {
                if (rollout is not null && rollout.State == judged.State && IsAs(rollout, judged))
                {
                    if (decision.State != rollout.State)
                    {
                        write.Audit(DomainEditor.AutomaticActor, $"domain.rollout.{Action(decision.State)}", row.Name, decision.Code, row.Tenant!.Name, row.Name);
                    }

                    Set(rollout, decision.State, decision.Code, decision.Reason, write.At);
                    rollout.AnnouncedAt ??= decision.AnnouncedAt;
                }

                return Task.FromResult<ApiProblem?>(null);
            },
            cancellationToken);

    /// <summary>Within the transaction of the stage's edit: it has begun.</summary>
    public static async Task<ApiProblem?> BeginStageAsync(StoreWrite write, Rollout judged, RolloutStep step, CancellationToken cancellationToken)
    {
        var rollout = await write.Db.Rollouts.SingleOrDefaultAsync(candidate => candidate.DomainId == judged.DomainId, cancellationToken);
        if (rollout is not { State: RolloutState.Running or RolloutState.Halted } || !IsAs(rollout, judged))
        {
            return ApiProblem.Conflict("rollout.changed", "Somebody has paused, stopped or changed the roll-out meanwhile.");
        }

        Set(rollout, step.Lasts is null ? RolloutState.Done : RolloutState.Running, null, null, write.At);
        (rollout.Accepted, rollout.AcceptedAt) = (null, null);
        rollout.Begin(step.Stage, write.At);
        return null;
    }

    /// <summary>Whether an admin has taken this very refusal of the guard upon himself, and not too long ago.</summary>
    public static bool IsAccepted(Rollout rollout, RolloutDecision refusal, DateTimeOffset now) =>
        rollout.AcceptedAt > now - GuardAccepted && rollout.Accepted!.Split('\n').Contains(Line(refusal.Code, Cut(refusal.Reason)));

    /// <summary>What the store keeps of it.</summary>
    public static string? Cut(string? reason) => reason?.Length > Rollout.LongestReason ? reason[..Rollout.LongestReason] : reason;

    public static ApiProblem None(HostedDomain row) => ApiProblem.NotFound("rollout.none", $"{row.Name} has no roll-out; POST …/rollout begins one.");

    private static void Set(Rollout rollout, RolloutState state, string? code, string? reason, DateTimeOffset at)
    {
        if (rollout.State != state)
        {
            (rollout.State, rollout.StateSince) = (state, at);
        }

        (rollout.Code, rollout.Reason) = (code, Cut(reason));
    }

    // Whoever has paused it or given it other numbers while it was judged was faster.
    private static bool IsAs(Rollout rollout, Rollout judged) =>
        (rollout.Stage, rollout.StateSince, rollout.WantedMaxAge, rollout.TestingDays, rollout.StageDays)
        == (judged.Stage, judged.StateSince, judged.WantedMaxAge, judged.TestingDays, judged.StageDays);

    private static string Line(string? code, string? reason) => $"{code} {reason?.Replace('\n', ' ')}";

    private static bool IsGuards(string? code) => code?.StartsWith("guard.", StringComparison.Ordinal) == true;

    private static string Action(RolloutState state) => state switch
    {
        RolloutState.Halted => "halt",
        RolloutState.Running => "goes-on",
        RolloutState.Done => "done",
        _ => "end",
    };

    private static ApiProblem NotOpen(HostedDomain row) => ApiProblem.Conflict("rollout.not_open", $"{row.Name} has no roll-out that is going on.");

    private static ApiProblem? RefuseStart(HostedDomain row, RolloutInput input, Rollout? rollout) => row.State switch
    {
        DomainState.Pending => ApiProblem.Conflict("domain.pending", $"{row.Name} waits for its proof of ownership; see POST /domains/{row.Name}/verification."),
        DomainState.Removing => ApiProblem.Conflict("domain.removing", $"{row.Name} is being removed; a PUT of its policy cancels that."),
        DomainState.Suspended => ApiProblem.Conflict("domain.suspended", $"{row.Name} is suspended by the provider; its policy is served on and cannot be changed."),
        _ when row.TemplateId is not null => ApiProblem.Conflict("template.set", $"The policy of {row.Name} comes from a template; PATCH template to null first."),
        _ when row.Mode == StsMode.None => ApiProblem.Conflict("rollout.mode", $"{row.Name} is in mode none; a roll-out begins in testing."),
        _ when rollout is not { IsOpen: true } && RolloutPlan.First(row.Policy(), input.MaxAge) is null => ApiProblem.Conflict("rollout.done", $"{row.Name} is in enforce with maxAge {row.MaxAge} already."),
        _ when rollout is { IsOpen: true } && RolloutPlan.First(row.Policy(), input.MaxAge) is null => ApiProblem.Conflict("rollout.behind", $"{row.Name} is in enforce with maxAge {row.MaxAge}: a roll-out does not lower it."),
        _ => null,
    };

    private Task<ApiProblem?> EditAsync(long domainId, Func<StoreWrite, HostedDomain, Rollout?, Task<ApiProblem?>> edit, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var row = await write.Db.Domains.AsNoTracking().Include(candidate => candidate.Tenant).SingleOrDefaultAsync(candidate => candidate.Id == domainId, cancellationToken);
                return row is null
                    ? ApiProblem.NotFound("domain.not_found", "The domain was removed meanwhile.")
                    : await edit(write, row, await write.Db.Rollouts.SingleOrDefaultAsync(rollout => rollout.DomainId == domainId, cancellationToken));
            },
            cancellationToken);
}
