using System.Diagnostics;
using System.Globalization;
using MtaSts.Measure.Schedule;

/// <summary>A fleet and a bulk import over months at three lifetimes, with an outage of the CA: does a certificate run out, is a limit exceeded?</summary>
internal static class ScheduleMeasure
{
    private static readonly double[] LivesInDays = [90, 45, 160.0 / 24];

    public static int Run(string[] arguments)
    {
        var names = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 100_000;
        var days = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 120;
        var lives = arguments.Length > 2 ? [double.Parse(arguments[2], CultureInfo.InvariantCulture)] : LivesInDays;
        // They have nothing in common.
        var runs = lives.AsParallel().AsOrdered().Select(life =>
        {
            var watch = Stopwatch.StartNew();
            var settings = new ScheduleSettings(names, days, TimeSpan.FromDays(life));
            return (Settings: settings, Result: ScheduleSimulation.Run(settings), Took: watch.Elapsed);
        }).ToList();
        runs.ForEach(run => Print(run.Settings, run.Result, run.Took));
        var isGood = runs.TrueForAll(run => run.Result.IsGood);
        Console.WriteLine(isGood ? "No certificate expired, no limit was exceeded." : "NOT GOOD: see above.");
        return isGood ? 0 : 1;
    }

    private static void Print(ScheduleSettings settings, ScheduleResult result, TimeSpan took)
    {
        var refused = result.Refused.Count == 0 ? "none" : string.Join(", ", result.Refused.Select(limit => $"{limit.Key} {limit.Value}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
            {settings.Names} names, half with certificates, half new; {settings.Days} days; life {settings.Life.TotalDays:F1} d; outage 12 h; simulated in {took.TotalSeconds:F1} s
              refused for a limit     {refused}
              expired                 {result.Expired}
              new names without one   {result.Unserved}
              orders                  {result.Orders}, at most {result.MostOrdersInAnHour} in an hour; at staging {result.StagingOrders}
              issued                  {result.Issued}, {result.FirstIssued} of them first ones, the last on day {(result.LastFirstIssue - ScheduleSettings.Start)?.TotalDays:F1}
              failed validations      {result.FailedValidations}
              calls in the outage     {result.CallsInOutage}
              preflights              {result.Preflights}
              looks at windows        {result.WindowLooks}
              largest backlog         {result.LargestBacklog} renewals
              longest wait            {result.LongestWaitOfRenewal.TotalHours:F1} h from due to issued; called back: {result.LongestWaitOfCalledBack.TotalHours:F1} h
              least life left         {result.LeastRemaining:P0} when renewed
            """));
    }
}
