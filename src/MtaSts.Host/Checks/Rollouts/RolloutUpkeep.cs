using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Checks.Rollouts;

/// <summary>Loop, on one node at a time: begins the next stage of roll-outs whose time has come, after the guard has looked at the mail servers, and notes what keeps the others.</summary>
internal sealed partial class RolloutUpkeep(
    Store store, RolloutEditor rollouts, DomainEditor domains, IEditGuard guard, TrustedClock trustedClock, Leases leases, IOptions<ChecksOptions> options, TimeProvider clock, ILogger<RolloutUpkeep> logger) : RoundLoop(LookEvery, clock)
{
    private const string LeaseName = "rollouts";
    private const int Batch = 64;
    private const int AtOnce = 8;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    protected override async Task<bool> TakeTurnAsync(CancellationToken cancellationToken)
    {
        // More than a batch may be due; a bounded number of them, so that the lease is given back now and then.
        for (var i = 0; i < 100 && await RoundAsync(cancellationToken) == Batch; i++)
        {
        }

        return false;
    }

    protected override void TellFailure(string reason) => Log.RoundFailed(logger, reason);

    /// <summary>Looks at what is due, a bounded number.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="System.Data.Common.DbException">The store is away.</exception>
    public async Task<int> RoundAsync(CancellationToken cancellationToken)
    {
        // Stages are times: by a clock that nobody has looked at none of them is over.
        if (!await trustedClock.IsTrustedAsync(cancellationToken) || !await IsAnyDueAsync(cancellationToken) || await leases.TryTakeAsync(LeaseName, LeaseTime, cancellationToken) is not { } lease)
        {
            return 0;
        }

        try
        {
            var due = await DueAsync(cancellationToken);
            await using var db = store.Open();
            var facts = await RolloutLook.FactsAsync(db, [.. due.Select(rollout => rollout.DomainId)], WatchRules.StaleAfter(options.Value), cancellationToken);
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (rollout, token) => await LookWithoutHarmAsync(rollout, facts.GetValueOrDefault(rollout.DomainId), token));
            return due.Count;
        }
        finally
        {
            await leases.ReleaseAsync(LeaseName, lease, CancellationToken.None);
        }
    }

    private IQueryable<Rollout> Due(HostDbContext db)
    {
        var now = Clock.GetUtcNow();
        var tooFar = now + (2 * LongestPause);
        return db.Rollouts.AsNoTracking().Where(rollout => rollout.State <= RolloutState.Paused && (rollout.NextLookAt <= now || rollout.NextLookAt > tooFar));
    }

    private async Task<bool> IsAnyDueAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await Due(db).AnyAsync(cancellationToken);
    }

    private async Task<List<Rollout>> DueAsync(CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        return await Due(db).OrderBy(rollout => rollout.NextLookAt).Take(Batch).ToListAsync(cancellationToken);
    }

    // What goes wrong with one domain keeps no other waiting.
    private async Task LookWithoutHarmAsync(Rollout rollout, RolloutFacts? facts, CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(rollout, facts, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && StoreFaults.Cause(exception) is null)
        {
            Log.LookFailed(logger, facts?.Domain.Name, exception);
            await PutOffAsync(rollout, Clock.GetUtcNow() + LongestPause, cancellationToken);
        }
    }

    private async Task LookAsync(Rollout rollout, RolloutFacts? facts, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        if (facts is not null)
        {
            var decision = RolloutRules.Judge(rollout, facts, now);
            if (decision.Step is { } step)
            {
                decision = await BeginAsync(rollout, facts, step, decision, cancellationToken);
            }

            var isAnnounced = rollout.AnnouncedAt is null && decision is { Step: null, AnnouncedAt: not null };
            if (decision.Step is null && (isAnnounced || (decision.State, decision.Code, RolloutEditor.Cut(decision.Reason)) != (rollout.State, rollout.Code, rollout.Reason)))
            {
                await rollouts.NoteAsync(rollout, decision, cancellationToken);
                if (decision.State == RolloutState.Halted && rollout.State != RolloutState.Halted)
                {
                    Log.Halted(logger, facts.Domain.Name, decision.Code!, decision.Reason!);
                }
            }

            var wait = decision.State == RolloutState.Running && decision.At is { } at ? at - now : Pause;
            now += wait < Pause ? Pause : wait > LongestPause ? LongestPause : wait;
        }
        else
        {
            now += LongestPause;
        }

        await PutOffAsync(rollout, now, cancellationToken);
    }

    // A resumption meanwhile has set an earlier one; that one holds.
    private Task PutOffAsync(Rollout rollout, DateTimeOffset until, CancellationToken cancellationToken) => store.WriteAsideAsync(
        db => db.Rollouts.Where(row => row.DomainId == rollout.DomainId && row.NextLookAt == rollout.NextLookAt).ExecuteUpdateAsync(set => set.SetProperty(row => row.NextLookAt, until), cancellationToken),
        cancellationToken);

    /// <returns>With the step, when it has begun; otherwise what keeps it.</returns>
    private async Task<RolloutDecision> BeginAsync(Rollout rollout, RolloutFacts facts, RolloutStep step, RolloutDecision decision, CancellationToken cancellationToken)
    {
        if (!MailDomain.TryParse(facts.Domain.Name, out var domain, out _))
        {
            return decision with { Step = null };
        }

        var policy = step.Policy(facts.Policy);
        var finding = await guard.JudgeAsync(domain, policy, isOneOfMany: false, cancellationToken);
        var refusal = new RolloutDecision(RolloutState.Halted, finding.Code, string.Join(' ', finding.Findings.Select(one => one.Message).Prepend(finding.Message)), null);
        var isForced = finding.IsRefused && RolloutEditor.IsAccepted(rollout, refusal, Clock.GetUtcNow());
        if (finding.IsRefused && !isForced)
        {
            return refusal;
        }

        var reason = $"Roll-out: {facts.Policy.Mode.ToWord()} with max_age {facts.Policy.MaxAge} has gone well since {rollout.StageSince:u}.";
        var edit = await domains.ChangeByItselfAsync(
            facts.Domain,
            policy,
            new Clearance(policy, [], isForced ? finding.Code : null),
            "domain.rollout.stage",
            reason,
            (write, _) => RolloutEditor.BeginStageAsync(write, rollout, step, cancellationToken),
            cancellationToken);
        if (edit is { Problem: null, Domain: not null })
        {
            Log.StageBegun(logger, facts.Domain.Name, EnumWords.Of(step.Stage), policy.Mode.ToWord(), policy.MaxAge);
            return decision;
        }

        // Somebody was faster; the next look sees what is now.
        return new RolloutDecision(rollout.State, rollout.Code, rollout.Reason, null);
    }

    private static partial class Log
    {
        [LoggerMessage(820, LogLevel.Information, "The roll-out of {Domain} has begun its stage {Stage}: {Mode} with max_age {MaxAge}")]
        public static partial void StageBegun(ILogger logger, string domain, string stage, string mode, int maxAge);

        [LoggerMessage(821, LogLevel.Warning, "The roll-out of {Domain} is halted ({Code}): {Reason} It goes on by itself when that is mended")]
        public static partial void Halted(ILogger logger, string domain, string code, string reason);

        [LoggerMessage(823, LogLevel.Error, "The roll-out of {Domain} cannot be looked at; it is tried again in an hour")]
        public static partial void LookFailed(ILogger logger, string? domain, Exception exception);

        [LoggerMessage(822, LogLevel.Warning, "Roll-outs do not go on ({Reason}); it is tried again every minute")]
        public static partial void RoundFailed(ILogger logger, string reason);
    }
}
