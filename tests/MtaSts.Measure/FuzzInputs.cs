using System.Text;
using MtaSts;

/// <summary>Seeded inputs, random and mutated, and one run of all readers over an input. The number of an input is its seed.</summary>
internal static class FuzzInputs
{
    private static readonly byte[][] Seeds = Array.ConvertAll(
        [
            "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n",
            "version:STSv1\nmode:none\nmax_age:0\nx: a:b \u00e9\n",
            "v=STSv1; id=20160831085700Z;",
            "v=STSv1;id=1\nv=STSv1 ; id=2; x=y",
            "v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/r?x=y%21;",
            "*.xn--mnchen-3ya.de",
            "m\u00fcnchen.example.",
            "192.0.2.1",
        ],
        Encoding.UTF8.GetBytes);

    private static readonly byte[][] Tokens = Array.ConvertAll(
        [
            "version", "mode", "mx", "max_age", "STSv1", "enforce", "testing", "none", "31557600", "99999999999999999999", "v=STSv1", "id=", "v=TLSRPTv1", "rua=", "mailto:a@b",
            "https://a/", "xn--", "xn--a", "*.", "\ufeff", "\u00fc", "\u3002", "\ud83d\ude00", "\0", ":", ";", "=", ",", "!", "%", "%4", ".", "-", "_", " ", "\t", "\r", "\n", "\r\n", "[", "@",
        ],
        Encoding.UTF8.GetBytes);

    public static byte[] Make(int number)
    {
        var random = new Random(number);
        return random.Next(4) switch
        {
            0 => RandomBytes(random, random.Next(1000) == 0 ? StsLimits.MaxBodyBytes : 200),
            1 => Soup(random, random.Next(1000) == 0 ? 10_000 : 30),
            _ => Mutate(random, Seeds[random.Next(Seeds.Length)]),
        };
    }

    /// <summary>Runs every reader over the input; throws when one throws or breaks a promise.</summary>
    public static void Run(byte[] input)
    {
        var policy = StsPolicyParser.Read(input);
        Require(policy.IsValid == policy.Policy is not null, "a policy exactly when valid");
        Require(policy.Errors.Count <= StsLimits.MaxErrors + 1 && policy.Warnings.Count <= StsLimits.MaxErrors + 1, "bounded lists");
        if (policy.Policy is not null)
        {
            Require(policy.Policy == StsPolicyParser.Read(policy.Policy.ToUtf8()).Policy, "what is written is read back equal");
        }

        // UTF-8 reads as a program would, Latin-1 keeps every octet as a character.
        foreach (var text in (string[])[Encoding.UTF8.GetString(input), Encoding.Latin1.GetString(input)])
        {
            RunText(text);
        }
    }

    private static void RunText(string text)
    {
        var rest = text.Split('\n');
        foreach (var records in (string[][])[[text], rest])
        {
            var record = StsRecord.Read(records);
            Require(!record.IsValid || record.Id is not null, "a valid record has an id");
            Require(record.Id is null || StsRecord.Read([StsRecord.Write(record.Id)]).Id == record.Id, "an id is written and read back");
            var report = TlsRptRecord.Read(records);
            Require(!report.IsValid || TlsRptRecord.Read([TlsRptRecord.Write(report.Rua)]).Rua.SequenceEqual(report.Rua), "rua is written and read back");
        }

        if (MailDomain.TryParse(text, out var domain, out _))
        {
            Require(MailDomain.TryParse(domain.Name, out var again, out _) && again == domain, "a domain reads itself back");
        }

        if (MxPattern.TryNormalize(text, out var normal, out _))
        {
            Require(MxPattern.TryParse(normal.Text, out var again, out _) && again.Text == normal.Text, "a normal pattern is a valid pattern");
            Require(MxPattern.TryNormalize(normal.Text, out again, out _) && again.Text == normal.Text, "a normal pattern is its own normal form");
        }

        if (MxPattern.TryParse(text, out var pattern, out _))
        {
            Require(pattern.IsWildcard || pattern.Matches(text), "a name matches itself");
            pattern.Matches("a." + text);
        }
    }

    private static byte[] RandomBytes(Random random, int most)
    {
        var bytes = new byte[random.Next(most + 1)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Soup(Random random, int most)
    {
        var bytes = new List<byte>();
        for (var left = random.Next(most + 1); left > 0; left--)
        {
            bytes.AddRange(Tokens[random.Next(Tokens.Length)]);
        }

        return [.. bytes];
    }

    private static byte[] Mutate(Random random, byte[] seed)
    {
        var bytes = new List<byte>(seed);
        for (var left = random.Next(1, 6); left > 0; left--)
        {
            var at = random.Next(bytes.Count + 1);
            switch (random.Next(5))
            {
                case 0:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 1:
                    bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(Math.Min(5, bytes.Count - at) + 1));
                    break;
                case 3 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default:
                    // A part again, elsewhere: repeated lines and fields.
                    var length = random.Next(Math.Min(40, bytes.Count - at) + 1);
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
            }
        }

        return [.. bytes];
    }

    private static void Require(bool holds, string promise)
    {
        if (!holds)
        {
            throw new InvalidOperationException("Promise broken: " + promise);
        }
    }
}
