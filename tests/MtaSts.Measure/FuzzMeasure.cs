using System.Diagnostics;
using System.Globalization;

/// <summary>How many seeded inputs pass all readers, and in what time.</summary>
internal static class FuzzMeasure
{
    public static int Run(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var failed = Run(count, "inputs through all readers", FuzzInputs.Make, (_, input) => FuzzInputs.Run(input));
        failed += Run(count, "ClientHellos through their reader", HelloInputs.Make, HelloInputs.Run);
        return failed == 0 ? 0 : 1;
    }

    private static int Run(int count, string what, Func<int, byte[]> make, Action<int, byte[]> run)
    {
        var failed = 0;
        var slowest = (Number: 0, Time: TimeSpan.Zero);
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++)
        {
            var input = make(number);
            var inputStart = Stopwatch.GetTimestamp();
            try
            {
                run(number, input);
            }
            catch (Exception exception) when (failed++ < 10)
            {
                // The program's finding is which inputs throw, so it goes on to the next.
                Console.WriteLine($"input {number}: {exception}");
            }

            var time = Stopwatch.GetElapsedTime(inputStart);
            slowest = time > slowest.Time ? (number, time) : slowest;
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} {what} in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {failed} failed; slowest: {slowest.Number} with {slowest.Time.TotalMilliseconds:F2} ms"));
        return failed;
    }
}
