using System.Globalization;
using System.Text;

namespace MtaSts.Tests;

public sealed class FuzzTests
{
    // Not a figure of speed: a reader that hangs must fail the run instead of stopping it for ever.
    private const int HangMilliseconds = 30 * 60 * 1000;

    [Fact(Timeout = HangMilliseconds)]
    public async Task Seeded_inputs_never_throw_and_never_hang()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("MTASTS_FUZZ_INPUTS") ?? "50000", CultureInfo.InvariantCulture);
        // On another thread, so that the bound of the test can speak.
        await Task.Run(() =>
        {
            for (var number = 0; number < count; number++)
            {
                var failure = Record.Exception(() => FuzzInputs.Run(FuzzInputs.Make(number)));
                Assert.True(failure is null, $"Input {number}: {failure}");
            }
        }, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(":")]
    [InlineData("\n")]
    [InlineData("a\n")]
    [InlineData("mx: *\n")]
    [InlineData("mx: a\n")]
    [InlineData("a:b\n")]
    [InlineData("9")]
    [InlineData(";")]
    [InlineData("\u00fc")]
    public void Ten_mebibytes_of_anything_are_read_with_bounded_lists(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 10 * 1024 * 1024 / unit.Length));
        Assert.InRange(StsPolicyParser.Read(Encoding.UTF8.GetBytes(text)).Errors.Count, 1, StsLimits.MaxErrors + 1);
        Assert.InRange(StsRecord.Read([text]).Errors.Count, 1, StsLimits.MaxErrors + 1);
        Assert.InRange(TlsRptRecord.Read([text]).Errors.Count, 1, StsLimits.MaxErrors + 1);
        Assert.False(MailDomain.TryParse(text, out _, out _));
        Assert.False(MxPattern.TryParse(text, out _, out _));
        Assert.False(MxPattern.TryNormalize(text, out _, out _));
    }
}
