using System.Diagnostics;
using System.Globalization;
using System.Text;
using MtaSts;

/// <summary>How long the readers take for the worst 64 KiB, and whether ten times as much takes ten times as long.</summary>
internal static class ParseMeasure
{
    private const int WarmUps = 100;
    private const int Runs = 50;
    private const string Head = "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 604800\n";

    private static double _worst;

    public static int Run()
    {
        Console.WriteLine("input                         64 KiB: median,      worst of 50   640 KiB: median   allocated at 64 KiB");
        foreach (var (name, unit, head) in Inputs())
        {
            Print(name, size => Fill(unit, head, size), input => StsPolicyParser.Read(input));
        }

        Print("random bytes", RandomBytes, input => StsPolicyParser.Read(input));
        Print("distinct extension fields", size => Lines(size, i => $"x{i}: y\n"), input => StsPolicyParser.Read(input));
        Print("distinct mx", size => Lines(size, i => $"mx: a{i}.example\n"), input => StsPolicyParser.Read(input));
        Print("record: all semicolons", size => Fill(";", "v=STSv1", size), ReadRecord);
        Print("record: fields a=b", size => Fill(";a=b", "v=STSv1;id=1", size), ReadRecord);
        Print("record: long id", size => Fill("9", "v=STSv1;id=", size), ReadRecord);
        Print("tlsrpt: many URIs", size => Fill(",https://a/", "v=TLSRPTv1;rua=https://a/", size), ReadReport);
        Print("tlsrpt: all commas", size => Fill(",", "v=TLSRPTv1;rua=", size), ReadReport);
        Print("tlsrpt: one long URI", size => Fill("%41", "v=TLSRPTv1;rua=https://", size), ReadReport);
        Print("domain: one long U-label", size => Fill("\u00fc", "", size), ReadNames);
        Print("domain: all dots", size => Fill(".", "", size), ReadNames);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"greatest median at 64 KiB: {_worst:F3} ms"));
        return 0;
    }

    private static IEnumerable<(string Name, string Unit, string Head)> Inputs() =>
    [
        ("all colons", ":", ""),
        ("all newlines", "\n", ""),
        ("all CR", "\r", ""),
        ("all spaces", " ", ""),
        ("all NUL", "\0", ""),
        ("one-letter lines", "a\n", ""),
        ("bad mx lines", "mx: *\n", ""),
        ("good mx lines", "mx: a\n", Head),
        ("numeric mx lines", "mx: 1\n", Head),
        ("repeated mode lines", "mode:x\n", Head),
        ("one extension again", "a:b\n", Head),
        ("extension with colons", ":", Head + "a:"),
        ("one long key", "a", ""),
        ("one long mode", "a", "mode: "),
        ("one long max_age", "9", "max_age: "),
        ("one long mx", "a.", "mx: "),
        ("UTF-8 value", "\u00e9", Head + "a: "),
        ("web page", "<p class=\"x\">text</p>\n", ""),
    ];

    private static void ReadRecord(byte[] input) => StsRecord.Read([Encoding.Latin1.GetString(input)]);

    private static void ReadReport(byte[] input) => TlsRptRecord.Read([Encoding.Latin1.GetString(input)]);

    private static void ReadNames(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        _ = MailDomain.TryParse(text, out _, out _);
        _ = MxPattern.TryNormalize(text, out _, out _);
        _ = MxPattern.TryParse(text, out _, out _);
    }

    private static void Print(string name, Func<int, byte[]> make, Action<byte[]> read)
    {
        var small = make(StsLimits.MaxBodyBytes);
        // A service has compiled its readers long before: what the figures leave out is the compiler's time.
        for (var run = 0; run < WarmUps; run++)
        {
            read(small);
        }

        var times = Measure(small, read);
        Array.Sort(times);
        _worst = Math.Max(_worst, times[Runs / 2]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        read(small);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var large = Measure(make(10 * StsLimits.MaxBodyBytes), read);
        Array.Sort(large);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-29} {times[Runs / 2],8:F3} ms      {times[^1],8:F3} ms    {large[Runs / 2],12:F3} ms {allocated / 1024,12} KiB"));
    }

    private static double[] Measure(byte[] input, Action<byte[]> read)
    {
        var times = new double[Runs];
        for (var run = 0; run < Runs; run++)
        {
            var start = Stopwatch.GetTimestamp();
            read(input);
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times;
    }

    private static byte[] Fill(string unit, string head, int size)
    {
        var text = new StringBuilder(head);
        var octets = Encoding.UTF8.GetByteCount(unit);
        for (var length = head.Length; length + octets <= size; length += octets)
        {
            text.Append(unit);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] Lines(int size, Func<int, string> line)
    {
        var text = new StringBuilder(Head);
        for (var i = 0; text.Length < size - 24; i++)
        {
            text.Append(line(i));
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static byte[] RandomBytes(int size)
    {
        var bytes = new byte[size];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
