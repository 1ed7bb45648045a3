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
            var messages = 0;
            for (var number = 0; number < 20_000; number++)
            {
                var isMessage = false;
                var failure = Record.Exception(() => (isMessage, _, _) = DnsInputs.Run(DnsInputs.Make(number)));
                Assert.True(failure is null, $"Input {number}: {failure}");
                messages += isMessage ? 1 : 0;
            }

            // Neither all refused nor all read: both ways are walked.
            Assert.InRange(messages, 2_000, 18_000);
        }, TestContext.Current.CancellationToken);
    }
}
