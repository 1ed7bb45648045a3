using System.Diagnostics;
using System.Globalization;

/// <summary>How many seeded DNS messages are read, most of them damaged; in what time and with how much memory.</summary>
internal static class DnsFuzzMeasure
{
    // Below that the fixed cost of a message says more than its octets.
    private const int LeastOctets = 100;

    public static int Run(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var failed = 0;
        var read = 0;
        var octets = 0L;
        var slowest = (Number: 0, Time: TimeSpan.Zero);
        var largest = (Number: 0, PerOctet: 0.0);
        var start = Stopwatch.GetTimestamp();
        for (var number = 0; number < count; number++)
        {
            var input = DnsInputs.Make(number);
            octets += input.Length;
            try
            {
                var (isMessage, memory, time) = DnsInputs.Run(input);
                read += isMessage ? 1 : 0;
                if (time > slowest.Time)
                {
                    // The lesser of three: other programs and the collector have their part in a single one.
                    time = Enumerable.Range(0, 2).Select(_ => DnsInputs.Run(input).Time).Append(time).Min();
                    slowest = time > slowest.Time ? (number, time) : slowest;
                }

                largest = input.Length >= LeastOctets && (double)memory / input.Length > largest.PerOctet ? (number, (double)memory / input.Length) : largest;
            }
            catch (Exception exception) when (failed++ < 10)
            {
                // The program's finding is which inputs fail, so it goes on to the next.
                Console.WriteLine($"input {number}: {exception}");
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{count} inputs of {octets} octets, {read} of them messages, in {Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s, {failed} failed; slowest to read: {slowest.Number} with {slowest.Time.TotalMilliseconds:F2} ms; most memory for an octet: {largest.Number} with {largest.PerOctet:F1}"));
        return failed == 0 ? 0 : 1;
    }
}
