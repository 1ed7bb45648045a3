using System.Globalization;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Measure.Schedule;

/// <summary>
/// Months of certificates in simulated time, by the service's own rules, budgets and breaker, against a model of the CA and its limits. What the store
/// does in the service, taking the next ones in their order, is done here in memory.
/// </summary>
internal sealed class ScheduleSimulation
{
    private static readonly TimeSpan Backdating = TimeSpan.FromHours(1);
    private static readonly TimeSpan WindowLookEvery = TimeSpan.FromHours(12);
    private static readonly CaChoice Choice = new("https://main.test/", Staging: "https://staging.test/");
    private static readonly CaRole[] Roles = [CaRole.Main, CaRole.Staging];

    private readonly ScheduleSettings _settings;
    private readonly Random _random;
    private readonly LimitedCa _ca;
    private readonly List<SimulatedName> _names = [];

    // Waiting for a time; entries that no longer hold are passed over.
    private readonly PriorityQueue<(SimulatedName Name, DateTimeOffset DueAt), DateTimeOffset> _waiting = new();
    private readonly PriorityQueue<(SimulatedName Name, Action<DateTimeOffset>? AtEnd), DateTimeOffset> _working = new();
    private readonly Queue<SimulatedName> _underWay = new();
    private readonly PriorityQueue<SimulatedName, (int Priority, DateTimeOffset DueAt)> _late = new();
    private readonly PriorityQueue<SimulatedName, (int Priority, DateTimeOffset DueAt)> _normal = new();
    private readonly Dictionary<CaRole, Queue<SimulatedName>> _new = Roles.ToDictionary(role => role, _ => new Queue<SimulatedName>());
    private readonly Queue<SimulatedName> _looksOfNew = new();
    private readonly Queue<SimulatedName> _looks = new();

    private readonly Dictionary<CaRole, (BucketUse First, BucketUse Renewals)> _common;
    private readonly Dictionary<string, IssuanceBucket> _buckets = [];
    private readonly Dictionary<CaRole, CaCondition> _conditions = Roles.ToDictionary(role => role, role => new CaCondition { Directory = Choice.DirectoryOf(role) });
    private DateTimeOffset _now = ScheduleSettings.Start;
    private bool _hasCalledBack;

    private ScheduleSimulation(ScheduleSettings settings)
    {
        _settings = settings;
        _random = new Random(settings.Seed);
        _ca = new LimitedCa(Result);
        _common = Roles.ToDictionary(role => role, role => (BudgetRules.First(settings.Limits, role, Choice.DirectoryOf(role)), BudgetRules.Renewals(settings.Limits, Choice.DirectoryOf(role))));
    }

    private ScheduleResult Result { get; } = new();

    public static ScheduleResult Run(ScheduleSettings settings)
    {
        var simulation = new ScheduleSimulation(settings);
        simulation.AddNames();
        simulation.Run();
        simulation.Judge();
        return simulation.Result;
    }

    private void AddNames()
    {
        for (var i = 0; i < _settings.Names; i++)
        {
            var name = i % 2 == 0 ? InService(i) : New(i);
            _names.Add(name);
            Wait(name);
        }
    }

    /// <summary>Among a hundred: one leaves DNS, one fails validation for a while, one is misjudged by our preflight.</summary>
    private SimulatedName InService(int i)
    {
        var now = ScheduleSettings.Start;
        var kind = i / 2 % 100;
        var someTime = now + (TimeSpan.FromDays(_settings.Days) * _random.NextDouble());
        var name = new SimulatedName(JobRules.New(Host(i), now, _random.NextDouble()))
        {
            InDnsUntil = kind == 0 ? someTime : DateTimeOffset.MaxValue,
            IsHopeless = kind == 0,
            FailsFrom = kind == 1 ? someTime : DateTimeOffset.MaxValue,
            FailsUntil = kind == 1 ? someTime + (_settings.Life * 0.1) : DateTimeOffset.MinValue,
            IsMisjudged = kind == 2,
            IsKnownToCa = true,
        };
        var renewalShare = _settings.Life < TimeSpan.FromDays(10) ? 0.5 : 0.66;
        var notBefore = now - (_settings.Life * renewalShare * _random.NextDouble());
        name.InService = new CertificateDates(notBefore, notBefore + _settings.Life);
        JobRules.Adopted(name.Job, name.InService.Value, "id", now, _random);
        return name;
    }

    /// <summary>Among a hundred: ten are in DNS only days later, two never, two never validate, one is of an owner with many names below one domain.</summary>
    private SimulatedName New(int i)
    {
        var now = ScheduleSettings.Start;
        var kind = i / 2 % 100;
        return new SimulatedName(JobRules.New(kind == 14 ? $"mta-sts.d{i}.university{i / 10_000}.test" : Host(i), now, _random.NextDouble()))
        {
            InDnsFrom = kind < 10 ? now + (TimeSpan.FromDays(_settings.Days) * 0.2 * _random.NextDouble()) : kind < 12 ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue,
            FailsFrom = kind is 12 or 13 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue,
            FailsUntil = DateTimeOffset.MaxValue,
            IsHopeless = kind is >= 10 and < 14,
        };
    }

    private static string Host(int i) => string.Create(CultureInfo.InvariantCulture, $"mta-sts.d{i}.test");

    private void Run()
    {
        while (true)
        {
            var next = Soonest();
            if (next >= _settings.End)
            {
                return;
            }

            _now = next > _now ? next : _now;
            if (!_hasCalledBack && _now >= _settings.CallBackAt)
            {
                CallBack();
            }

            while (_working.TryPeek(out var done, out var at) && at <= _now)
            {
                _working.Dequeue();
                done.AtEnd?.Invoke(_now);
                Place(done.Name);
            }

            while (_waiting.TryPeek(out var due, out var at) && at <= _now)
            {
                _waiting.Dequeue();
                if (due.Name.Job.DueAt == due.DueAt && due.Name.Job.State is not (JobState.Queued or JobState.Running))
                {
                    Due(due.Name);
                }
            }

            Result.LargestBacklog = Math.Max(Result.LargestBacklog, _late.Count + _normal.Count);
            Dispatch();
        }
    }

    /// <summary>The next moment at which anything can happen; the service sleeps until then, too.</summary>
    private DateTimeOffset Soonest()
    {
        var soonest = _settings.End;
        Sooner(_working.TryPeek(out _, out var done) ? done : null);
        Sooner(_waiting.TryPeek(out _, out var due) ? due : null);
        foreach (var role in Roles.Where(role => _working.Count < _settings.Workers && IsQueued(role)))
        {
            var allowance = AllowanceOf(role);
            Sooner(_new[role].Count > 0 ? allowance.FirstAt : null);
            Sooner(role == CaRole.Main && _late.Count + _normal.Count + _underWay.Count > 0 ? allowance.RenewalsAt : null);
        }

        return soonest;

        void Sooner(DateTimeOffset? time)
        {
            if (time < soonest)
            {
                soonest = time.Value;
            }
        }
    }

    /// <summary>As in JobStore.QueueDueAsync and its streams.</summary>
    private void Due(SimulatedName name)
    {
        var job = name.Job;
        if (JobRules.IsRenewalDue(job, _now))
        {
            JobRules.RenewalDue(job, name.InService, _now);
            Place(name);
        }
        else if (job.State == JobState.Idle)
        {
            LookAtWindow(name);
            Place(name);
        }
        else if (job.State == JobState.Deferred && job.OrderUrl is null)
        {
            JobRules.Resumed(job, _now, name.InService);
            Place(name);
        }
        else if (job.State == JobState.Deferred)
        {
            _underWay.Enqueue(name);
        }
        else
        {
            (job.Priority == JobPriority.NewName ? _looksOfNew : _looks).Enqueue(name);
        }
    }

    /// <summary>Where a name belongs after a change of its job.</summary>
    private void Place(SimulatedName name)
    {
        var job = name.Job;
        if (job.State != JobState.Queued)
        {
            Wait(name);
        }
        else if (job.Priority == JobPriority.NewName)
        {
            _new[job.Ca].Enqueue(name);
        }
        else
        {
            (job.Priority < JobPriority.NewName ? _late : _normal).Enqueue(name, (job.Priority, job.DueAt));
        }
    }

    private void Wait(SimulatedName name)
    {
        if (name.Job.DueAt < _settings.End)
        {
            _waiting.Enqueue((name, name.Job.DueAt), name.Job.DueAt);
        }
    }

    private void Dispatch()
    {
        while (_settings.Workers - _working.Count is > 0 and var free && (Roles.Any(IsQueued) || _looksOfNew.Count + _looks.Count > 0))
        {
            var main = AllowanceOf(CaRole.Main);
            var staging = AllowanceOf(CaRole.Staging);
            if (_underWay.Count > 0 && main.RenewalsAt <= _now)
            {
                GoOn(_underWay.Dequeue());
                continue;
            }

            var ofMain = Math.Min(_new[CaRole.Main].Count, main.First);
            var ofStaging = Math.Min(_new[CaRole.Staging].Count, staging.First);
            var late = main.RenewalsAt <= _now ? _late.Count : 0;
            var normal = main.RenewalsAt <= _now ? _normal.Count : 0;
            var shares = ClaimShares.Split(free, late, ofMain + ofStaging + _looksOfNew.Count, normal + _looks.Count, _random.NextDouble());
            if (shares.Late + shares.New + shares.Normal == 0)
            {
                return;
            }

            for (var i = 0; i < shares.Late; i++)
            {
                Begin(_late.Dequeue());
            }

            for (var i = 0; i < shares.New; i++)
            {
                if (i < ofMain)
                {
                    Begin(_new[CaRole.Main].Dequeue());
                }
                else if (i < ofMain + ofStaging)
                {
                    Begin(_new[CaRole.Staging].Dequeue());
                }
                else
                {
                    Look(_looksOfNew.Dequeue());
                }
            }

            for (var i = 0; i < shares.Normal; i++)
            {
                if (i < normal)
                {
                    Begin(_normal.Dequeue());
                }
                else
                {
                    Look(_looks.Dequeue());
                }
            }
        }
    }

    private void Look(SimulatedName name) => Work(name, 1, 5, _ => Preflight(name));

    private void Preflight(SimulatedName name)
    {
        Result.Preflights++;
        if (name.IsInDns(_now) && !name.IsMisjudged)
        {
            JobRules.PreflightPassed(name.Job, _now, name.InService);
        }
        else
        {
            JobRules.PreflightFailed(name.Job, "host.no-address", "", _now, _random, name.InService);
        }
    }

    private void LookAtWindow(SimulatedName name)
    {
        Result.WindowLooks++;
        if (_settings.IsOutage(_now))
        {
            JobRules.RenewalInfoFailed(name.Job, null, _now, _random);
            return;
        }

        var (start, end) = LimitedCa.Window(name.InService!.Value, name.IsCalledBack);
        JobRules.RenewalInfo(name.Job, name.InService.Value, start, end, null, WindowLookEvery, _now, _random);
    }

    /// <summary>As the service does it with a queued name: choose the CA, preflight, breaker, tokens, order.</summary>
    private void Begin(SimulatedName name)
    {
        var job = name.Job;
        JobRules.ChooseCa(job, name.InService, Choice, _conditions[CaRole.Main], _now);
        if (name.InService is not null)
        {
            Preflight(name);
            if (job.State != JobState.Queued)
            {
                Work(name, 1, 5, null);
                return;
            }
        }

        var ca = _conditions[job.Ca];
        var isStaging = job.Ca == CaRole.Staging;
        if (!MayEnter(name, ca))
        {
            return;
        }

        if (BudgetRules.HeldUntil(ca, isExempt: false, _now) is { } held)
        {
            JobRules.CaAway(job, held, _now);
            Place(name);
            return;
        }

        if (!_settings.IgnoresBudgets && TakeTokens(BudgetRules.Uses(_settings.Limits, job.Ca, ca.Directory, job.HostName, name.IsKnownToCa)) is { } comeAgain)
        {
            JobRules.NoToken(job, comeAgain, _now);
            Place(name);
            return;
        }

        JobRules.Started(job, _now);
        if (_settings.IsOutage(_now))
        {
            Result.CallsInOutage++;
            Work(name, 10, 30, now => FailByCa(name, ca, now));
        }
        else if (_ca.Order(name, isStaging, _now) is { } retryAt)
        {
            Work(name, 1, 1, now =>
            {
                CaBreaker.RateLimited(ca, retryAt, now);
                JobRules.Failed(job, new JobFailure(FailureKind.RateLimit, "rateLimited", "", RetryAt: retryAt), now, _random, name.InService, Choice);
            });
        }
        else
        {
            job.OrderUrl = "order";
            job.OrderedAt = _now;
            Work(name, 15, 45, now => Finish(name, ca, isStaging, now));
        }
    }

    private void GoOn(SimulatedName name)
    {
        var ca = _conditions[name.Job.Ca];
        if (!MayEnter(name, ca))
        {
            return;
        }

        JobRules.Resumed(name.Job, _now, name.InService);
        JobRules.Started(name.Job, _now);
        Work(name, 10, 30, now => Finish(name, ca, name.Job.Ca == CaRole.Staging, now));
    }

    private bool MayEnter(SimulatedName name, CaCondition ca)
    {
        if (CaBreaker.TryEnter(ca, name.Job.HostName, _now))
        {
            return true;
        }

        JobRules.CaAway(name.Job, CaBreaker.MayTryAt(ca), _now);
        Place(name);
        return false;
    }

    private void Finish(SimulatedName name, CaCondition ca, bool isStaging, DateTimeOffset now)
    {
        if (_settings.IsOutage(now))
        {
            Result.CallsInOutage++;
            FailByCa(name, ca, now);
            return;
        }

        CaBreaker.Succeeded(ca);
        if (!name.Validates(now))
        {
            Result.FailedValidations++;
            LimitedCa.ValidationFailed(name, isStaging, now);
            JobRules.Failed(name.Job, new JobFailure(FailureKind.Name, "connection", ""), now, _random, name.InService, Choice);
            return;
        }

        var dates = new CertificateDates(now - Backdating, now - Backdating + _settings.Life);
        var (dueAt, orderedAt) = (name.Job.RenewAt, name.Job.OrderedAt!.Value);
        JobRules.Issued(name.Job, dates, "id", now, _random);
        if (!isStaging)
        {
            Count(name, dueAt, now);
            _ca.Issued(name, LimitedCa.IsExempt(name, orderedAt), now);
            (name.InService, name.IsKnownToCa, name.IsCalledBack) = (dates, true, false);
        }
    }

    private void FailByCa(SimulatedName name, CaCondition ca, DateTimeOffset now)
    {
        CaBreaker.Failed(ca, name.Job.HostName, "no answer", now);
        JobRules.Failed(name.Job, new JobFailure(FailureKind.Ca, "ca.away", ""), now, _random, name.InService, Choice);
    }

    private void Count(SimulatedName name, DateTimeOffset? dueAt, DateTimeOffset now)
    {
        Result.Issued++;
        if (name.InService is not { } before)
        {
            Result.FirstIssued++;
            Result.LastFirstIssue = now;
            return;
        }

        if (name.IsHopeless)
        {
            return;
        }

        Result.Expired += before.NotAfter <= now ? 1 : 0;
        Result.LeastRemaining = Math.Min(Result.LeastRemaining, before.RemainingAt(now));
        if (name.IsCalledBack)
        {
            Result.LongestWaitOfCalledBack = Max(Result.LongestWaitOfCalledBack, now - _settings.CallBackAt);
        }
        else if (!name.IsMisjudged && name.FailsUntil == DateTimeOffset.MinValue)
        {
            Result.LongestWaitOfRenewal = Max(Result.LongestWaitOfRenewal, now - Max(dueAt ?? now, ScheduleSettings.Start));
        }
    }

    private void CallBack()
    {
        _hasCalledBack = true;
        foreach (var name in _names.Where((name, i) => i % 20 == 7 && name.InService is not null))
        {
            name.IsCalledBack = true;
        }
    }

    /// <summary>What ran out and was never renewed, and who has nothing at all.</summary>
    private void Judge()
    {
        foreach (var name in _names.Where(name => !name.IsHopeless))
        {
            Result.Expired += name.InService is { } dates && dates.NotAfter <= _settings.End ? 1 : 0;
            // A day for those that came last.
            Result.Unserved += name.InService is null && name.InDnsFrom < _settings.End - TimeSpan.FromDays(1) ? 1 : 0;
        }
    }

    private void Work(SimulatedName name, int leastSeconds, int mostSeconds, Action<DateTimeOffset>? atEnd) =>
        _working.Enqueue((name, atEnd), _now + TimeSpan.FromSeconds(leastSeconds + ((mostSeconds - leastSeconds) * _random.NextDouble())));

    private bool IsQueued(CaRole role) => _new[role].Count > 0 || (role == CaRole.Main && _late.Count + _normal.Count + _underWay.Count > 0);

    private CaAllowance AllowanceOf(CaRole role)
    {
        var (first, renewals) = _common[role];
        return CaAllowance.Of(
            first.Rate,
            renewals.Rate,
            _conditions[role],
            _settings.IgnoresBudgets ? null : _buckets.GetValueOrDefault(first.Name),
            _settings.IgnoresBudgets ? null : _buckets.GetValueOrDefault(renewals.Name),
            _now);
    }

    /// <summary>As in JobStore.TakeTokensAsync.</summary>
    private DateTimeOffset? TakeTokens(IReadOnlyList<BucketUse> uses)
    {
        foreach (var use in uses)
        {
            _buckets.TryAdd(use.Name, TokenBucket.Full(use, _now));
        }

        var availableAt = uses.Max(use => TokenBucket.AvailableAt(_buckets[use.Name], use.Rate, _now));
        if (availableAt > _now)
        {
            return availableAt;
        }

        foreach (var use in uses)
        {
            TokenBucket.TryTake(_buckets[use.Name], use.Rate, _now);
        }

        return null;
    }

    private static DateTimeOffset Max(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
