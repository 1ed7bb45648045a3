using System.Text;

namespace MtaSts.Dns.Tests;

public sealed class DnsNameTests
{
    private static readonly string Label63 = new('a', 63);

    [Theory]
    [InlineData(".", "00", ".")]
    [InlineData("example.test", "076578616D706C650474657374" + "00", "example.test.")]
    [InlineData("example.test.", "076578616D706C650474657374" + "00", "example.test.")]
    [InlineData("_mta-sts.EXAMPLE", "085F6D74612D737473" + "074558414D504C45" + "00", "_mta-sts.EXAMPLE.")]
    // A dot and a backslash inside of a label are escaped (RFC 1035 §5.1).
    [InlineData(@"a\.b.c", "03612E62" + "0163" + "00", @"a\.b.c.")]
    [InlineData(@"a\\b", "03615C62" + "00", @"a\\b.")]
    // Any octet by its number; what is printable comes back plain.
    [InlineData(@"\000\255\097", "0300FF61" + "00", @"\000\255a.")]
    [InlineData(@"a\032b", "03612062" + "00", @"a\032b.")]
    // What has a meaning in a zone file comes back escaped.
    [InlineData(@"\@.\$x.\(", "0140" + "022478" + "0128" + "00", @"\@.\$x.\(.")]
    [InlineData("*.a", "012A" + "0161" + "00", "*.a.")]
    public void A_name_is_read_and_written(string text, string wire, string written)
    {
        var name = DnsName.Parse(text);
        Assert.Equal(wire, Convert.ToHexString(name.Wire));
        Assert.Equal(written, name.ToString());
        Assert.Equal(name, DnsName.Parse(written));
    }

    [Theory]
    [InlineData("", "nothing; the root is a dot")]
    [InlineData("..", "empty label")]
    [InlineData(".a", "empty first label")]
    [InlineData("a..b", "empty label in the middle")]
    [InlineData("a b", "a space must be escaped")]
    [InlineData("a\tb", "control character")]
    [InlineData("m\u00fcnchen.test", "not ASCII: IDNA is for others")]
    [InlineData(@"a\", "nothing behind the backslash")]
    [InlineData(@"a\25", "two digits of three")]
    [InlineData(@"a\2x5", "no digit among three")]
    [InlineData(@"a\256", "more than an octet")]
    [InlineData("a\\\u00fc", "an escaped character that is not ASCII")]
    public void Not_a_name(string text, string reason)
    {
        Assert.False(DnsName.TryParse(text, out _), reason);
        Assert.Throws<FormatException>(() => DnsName.Parse(text));
    }

    [Fact]
    public void A_label_has_63_octets_at_most()
    {
        Assert.Equal(65, DnsName.Parse(Label63).Wire.Length);
        Assert.False(DnsName.TryParse(Label63 + "a", out _));
        Assert.False(DnsName.TryParse(Label63 + "a.b", out _));
        Assert.Throws<ArgumentException>(() => DnsName.Root.Prepend(new byte[64]));
        Assert.Throws<ArgumentException>(() => DnsName.Root.Prepend([]));
    }

    [Fact]
    public void A_name_has_255_octets_at_most()
    {
        var three = string.Join('.', Label63, Label63, Label63);
        var longest = DnsName.Parse(three + "." + new string('b', 61));
        Assert.Equal(255, longest.Wire.Length);
        Assert.Equal(longest, DnsName.Parse(longest.ToString()));
        Assert.False(DnsName.TryParse(three + "." + new string('b', 62), out _));
        Assert.False(DnsName.TryParse(three + "." + new string('b', 62) + ".", out _));
        Assert.Throws<ArgumentException>(() => longest.Prepend("a"u8));
        var manyLabels = DnsName.Parse(string.Join('.', Enumerable.Repeat("a", 127)));
        Assert.Equal(127, manyLabels.LabelCount);
        Assert.False(DnsName.TryParse(string.Join('.', Enumerable.Repeat("a", 128)), out _));
    }

    [Fact]
    public void Only_the_case_of_ASCII_letters_does_not_count()
    {
        Assert.Equal(DnsName.Parse("EXAMPLE.test"), DnsName.Parse("example.TEST"));
        Assert.Equal(DnsName.Parse("EXAMPLE.test").GetHashCode(), DnsName.Parse("example.TEST").GetHashCode());
        // RFC 4343 §3: octets above 127 are no letters. 0xC4 and 0xE4 are the case of a letter in Latin-1; '@' and '`', '[' and '{' differ in the bit of the case.
        Assert.NotEqual(DnsName.Parse(@"\196"), DnsName.Parse(@"\228"));
        Assert.NotEqual(DnsName.Parse(@"\@"), DnsName.Parse("`"));
        Assert.NotEqual(DnsName.Parse("["), DnsName.Parse("{"));
        Assert.NotEqual(DnsName.Parse("a.b"), DnsName.Parse(@"a\.b"));
    }

    [Theory]
    [InlineData("a.example.test", "example.test", true)]
    [InlineData("EXAMPLE.test", "example.TEST", true)]
    [InlineData("example.test", ".", true)]
    [InlineData("example.test", "a.example.test", false)]
    [InlineData("aexample.test", "example.test", false)]
    // The octets of the second stand at the end of the first, but not where a label begins.
    [InlineData(@"x\007example.test", "example.test", false)]
    public void Below(string name, string other, bool isBelow)
    {
        Assert.Equal(isBelow, DnsName.Parse(name).IsAtOrBelow(DnsName.Parse(other)));
    }

    [Fact]
    public void Labels_and_parents()
    {
        var name = DnsName.Parse("a.example.test");
        Assert.Equal("a", Encoding.ASCII.GetString(name.FirstLabel));
        Assert.Equal(DnsName.Parse("example.test"), name.Parent);
        Assert.Equal(name, name.Parent!.Prepend("A"u8));
        Assert.Equal(3, name.LabelCount);
        Assert.Null(DnsName.Root.Parent);
        Assert.True(DnsName.Root.FirstLabel.IsEmpty);
        Assert.True(DnsName.Parse("test").Parent!.IsRoot);
    }

    [Theory]
    [InlineData("")]
    [InlineData("01")]
    [InlineData("0161")]
    [InlineData("016100" + "00")]
    [InlineData("C00C")]
    [InlineData("0000")]
    public void Octets_that_are_not_one_whole_name(string hex)
    {
        Assert.Throws<ArgumentException>(() => DnsName.FromWire(Convert.FromHexString(hex)));
    }

    [Fact]
    public void A_dictionary_finds_octets_of_a_message_without_making_a_name()
    {
        Dictionary<DnsName, int> names = new(DnsNameComparer.Instance) { [DnsName.Parse("_mta-sts.example.test")] = 7 };
        var byOctets = names.GetAlternateLookup<ReadOnlySpan<byte>>();
        Assert.True(byOctets.TryGetValue(DnsName.Parse("_MTA-sts.Example.test").Wire, out var found));
        Assert.Equal(7, found);
        Assert.False(byOctets.ContainsKey(DnsName.Parse("example.test").Wire));
    }
}
