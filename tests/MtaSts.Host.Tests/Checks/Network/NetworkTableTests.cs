using MtaSts.Host.Checks;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>Is the table itself whole?</summary>
public sealed class NetworkTableTests
{
    private static readonly string[] Faults =
    [
        "mx: good", "mx: no STARTTLS", "mx: expired", "mx: wrong name", "mx: untrusted", "mx: TLS 1.0 only", "mx: tarpit", "mx: refuses",
        "policy host: redirect", "policy host: HTML with 200", "policy host: wrong type", "policy host: 100 MB", "policy host: slow bytes", "policy host: expired", "policy host: other name",
        "policy host: no IPv6",
    ];

    private readonly NetworkTable _table = NetworkTable.Read();

    [Fact]
    public void It_has_many_cases_each_once()
    {
        Assert.True(_table.Cases.Count >= 60, $"{_table.Cases.Count} cases");
        Assert.Equal(_table.Cases.Count, _table.Cases.Select(one => one.Name).Distinct().Count());
        Assert.Equal(_table.Cases.Count, _table.Cases.Select(one => one.What).Distinct().Count());
        Assert.Equal(_table.MailServers.Count, _table.MailServers.Select(server => server.Name).Distinct().Count());
        Assert.Equal(_table.MailServers.Count, _table.MailServers.Select(server => server.Address).Distinct().Count());
    }

    [Fact]
    public void It_has_every_kind_of_fault() => Assert.Equal(Faults.Order(StringComparer.Ordinal), _table.Cases.Select(one => one.Fault).OfType<string>().Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void It_has_every_code_or_says_why_not()
    {
        var all = CheckCodes.All.Select(code => code.Code).Order(StringComparer.Ordinal).ToList();
        var here = _table.Cases.SelectMany(one => one.Advisories).Select(line => line.Split(' ')[0]).Distinct().ToList();
        Assert.Empty(here.Except(all));
        Assert.Equal(all.Except(here), _table.NotHere.Keys.Order(StringComparer.Ordinal));
        Assert.All(_table.NotHere.Values, Assert.NotEmpty);
    }

    [Fact]
    public void Whoever_disagrees_has_a_reason() =>
        Assert.Empty(_table.Cases.Where(one => one.Valid == (one.Resolver == "VALID") != one.Why is null).Select(one => one.Name));
}
