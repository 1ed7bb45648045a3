using System.Net;

namespace MtaSts.Dns.Tests;

/// <summary>Each form of RFC 2136 §2.4 and §2.5, as octets.</summary>
public sealed class DnsUpdateTests
{
    private const string Zone = "0161" + "00" + "0006" + "0001";
    private const string Name = "0178" + "C00C";

    private static readonly DnsName X = DnsName.Parse("x.a");
    private static readonly AddressData One = new(IPAddress.Parse("192.0.2.1"));

    public static TheoryData<string, Func<DnsUpdate, DnsUpdate>, string> Prerequisites => new()
    {
        { "§2.4.1, records whatever they say", update => update.RequireRecords(X, DnsType.Txt), "0010" + "00FF" + "00000000" + "0000" },
        { "§2.4.2, exactly these records", update => update.RequireRecords(X, One), "0001" + "0001" + "00000000" + "0004" + "C0000201" },
        { "§2.4.3, no records", update => update.RequireNoRecords(X, DnsType.Txt), "0010" + "00FE" + "00000000" + "0000" },
        { "§2.4.4, name in use", update => update.RequireNameInUse(X), "00FF" + "00FF" + "00000000" + "0000" },
        { "§2.4.5, name not in use", update => update.RequireNameNotInUse(X), "00FF" + "00FE" + "00000000" + "0000" },
    };

    public static TheoryData<string, Func<DnsUpdate, DnsUpdate>, string> Changes => new()
    {
        { "§2.5.1, add", update => update.Add(X, 60, One), "0001" + "0001" + "0000003C" + "0004" + "C0000201" },
        { "§2.5.2, delete records", update => update.DeleteRecords(X, DnsType.Txt), "0010" + "00FF" + "00000000" + "0000" },
        { "§2.5.3, delete a name", update => update.DeleteName(X), "00FF" + "00FF" + "00000000" + "0000" },
        { "§2.5.4, delete one record", update => update.DeleteRecord(X, One), "0001" + "00FE" + "00000000" + "0004" + "C0000201" },
    };

    [Theory]
    [MemberData(nameof(Prerequisites))]
    public void A_prerequisite(string form, Func<DnsUpdate, DnsUpdate> fill, string record) =>
        Same(form, fill, "0007" + "2800" + "0001" + "0001" + "0000" + "0000" + Zone + Name + record);

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change(string form, Func<DnsUpdate, DnsUpdate> fill, string record) =>
        Same(form, fill, "0007" + "2800" + "0001" + "0000" + "0001" + "0000" + Zone + Name + record);

    [Fact]
    public void Records_are_replaced_by_deleting_all_and_adding_each()
    {
        var update = new DnsUpdate(DnsName.Parse("a")).ReplaceRecords(X, 60, TextData.Of("1"), TextData.Of("2"));
        Assert.Equal(
            ["x.a. 0 ANY TXT \\# 0", "x.a. 60 IN TXT \"1\"", "x.a. 60 IN TXT \"2\""],
            update.Changes.Select(record => record.ToString()));
        Assert.Empty(update.Prerequisites);
    }

    /// <summary>Another library writes pointers beyond their 14 bits from some 380 names on, and servers answer FORMERR.</summary>
    [Fact]
    public void Six_hundred_names_in_one_message_are_read_back()
    {
        DnsUpdate update = new(DnsName.Parse("_mta-sts.provider.example"));
        for (var number = 0; number < 600; number++)
        {
            update.ReplaceRecords(DnsName.Parse($"abcdefghijklmnopqrstuvwx{number:D3}._mta-sts.provider.example"), 300, TextData.Of("v=STSv1; id=20260101000000000;"));
        }

        var octets = update.ToMessage(7).ToBytes();
        Assert.InRange(octets.Length, 3 * 16_384, 65_535);
        DnsInputs.RequireSame(update.ToMessage(7), DnsMessage.Read(octets));
    }

    [Fact]
    public void What_no_server_could_carry_out_is_refused()
    {
        DnsUpdate update = new(DnsName.Parse("example.test"));
        var name = DnsName.Parse("x.example.test");
        Assert.Throws<ArgumentException>(() => update.Add(X, 60, One));
        Assert.Throws<ArgumentException>(() => update.RequireNameInUse(DnsName.Parse("test")));
        Assert.Throws<ArgumentOutOfRangeException>(() => update.Add(name, 0x8000_0000, One));
        Assert.Throws<ArgumentException>(() => update.Add(name, 60, new OptData(512)));
        Assert.Throws<ArgumentException>(() => update.Add(name, 60, new RawData(DnsType.Any, default)));
        Assert.Throws<ArgumentException>(() => update.DeleteRecords(name, DnsType.Axfr));
        Assert.Throws<ArgumentException>(() => update.ReplaceRecords(name, 60));
        Assert.Throws<ArgumentException>(() => update.ReplaceRecords(name, 60, One, TextData.Of("")));
        Assert.Throws<ArgumentException>(() => update.RequireRecords(name, One, TextData.Of("")));
        Assert.Empty(update.Changes);
        Assert.Empty(update.Prerequisites);
    }

    private static void Same(string form, Func<DnsUpdate, DnsUpdate> fill, string hex)
    {
        var message = fill(new DnsUpdate(DnsName.Parse("a"))).ToMessage(7);
        var octets = Convert.ToHexString(message.ToBytes());
        Assert.True(octets == hex, $"{form}: {octets}");
        DnsInputs.RequireSame(message, DnsMessage.Read(Convert.FromHexString(hex)));
    }
}
