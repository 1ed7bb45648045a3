namespace MtaSts.Dns.Tests;

public sealed class DnsFuzzTests
{
    // Not a figure of speed: a reader that hangs must fail the run instead of stopping it for ever.
    private const int HangMilliseconds = 10 * 60 * 1000;

    [Fact(Timeout = HangMilliseconds)]
    public async Task Seeded_messages_are_read_or_refused_and_cost_memory_in_proportion()
    {
        // On another thread, so that the bound of the test can speak.
        await Task.Run(() =>
        {
            for (var number = 0; number < 20_000; number++)
            {
                var failure = Record.Exception(() => DnsInputs.Run(DnsInputs.Make(number)));
                Assert.True(failure is null, $"Input {number}: {failure}");
            }
        }, TestContext.Current.CancellationToken);
    }
}
