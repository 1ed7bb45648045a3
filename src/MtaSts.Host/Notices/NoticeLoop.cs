namespace MtaSts.Host.Notices;

/// <summary>Loop, on every node: what is due is claimed, so that it goes out once.</summary>
internal sealed class NoticeLoop(NoticeRounds rounds, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = new List<Task>();
        while (!stoppingToken.IsCancellationRequested)
        {
            var isDone = await rounds.StartAsync(running, stoppingToken);
            var pause = Task.Delay(LookEvery, clock, stoppingToken);
            // A place that is free is filled at once.
            await (isDone ? Task.WhenAny([pause, .. running]) : Task.WhenAny(pause));
        }

        await Task.WhenAll(running);
    }
}
