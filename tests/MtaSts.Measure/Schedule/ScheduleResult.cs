namespace MtaSts.Measure.Schedule;

/// <summary>The counts of one simulation.</summary>
internal sealed class ScheduleResult
{
    private readonly Dictionary<long, int> _ordersByHour = [];

    public int Orders { get; private set; }

    public int StagingOrders { get; set; }

    public int Issued { get; set; }

    public int FirstIssued { get; set; }

    public int MostOrdersInAnHour => _ordersByHour.Values.DefaultIfEmpty().Max();

    /// <summary>What the model of the CA refused, by limit.</summary>
    public Dictionary<string, int> Refused { get; } = [];

    /// <summary>Certificates that ran out although the CA would have issued.</summary>
    public int Expired { get; set; }

    /// <summary>New names that could have a certificate by now and have none.</summary>
    public int Unserved { get; set; }

    public int FailedValidations { get; set; }

    public int CallsInOutage { get; set; }

    public int Preflights { get; set; }

    public int WindowLooks { get; set; }

    /// <summary>Renewals that are due and not made yet.</summary>
    public int LargestBacklog { get; set; }

    /// <summary>From due to issued.</summary>
    public TimeSpan LongestWaitOfRenewal { get; set; }

    /// <summary>The smallest part of its life that a certificate had left when the next one came.</summary>
    public double LeastRemaining { get; set; } = 1;

    public TimeSpan LongestWaitOfCalledBack { get; set; }

    public DateTimeOffset? LastFirstIssue { get; set; }

    public bool IsGood => Refused.Count == 0 && Expired == 0 && Unserved == 0;

    public void Ordered(DateTimeOffset now)
    {
        Orders++;
        var hour = now.UtcTicks / TimeSpan.TicksPerHour;
        _ordersByHour[hour] = _ordersByHour.GetValueOrDefault(hour) + 1;
    }

    public void Refuse(string limit) => Refused[limit] = Refused.GetValueOrDefault(limit) + 1;
}
