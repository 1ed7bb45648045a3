namespace MtaSts.Host.Data;

/// <summary>
/// Wakes who waits for a change in this process. Safe from all threads; a pulse between two waits is not lost as long as the waiter takes
/// <see cref="Next"/> before he looks.
/// </summary>
internal sealed class Signal
{
    private volatile TaskCompletionSource _next = NewSource();

    /// <summary>Completes at the next pulse.</summary>
    public Task Next => _next.Task;

    public void Pulse() => Interlocked.Exchange(ref _next, NewSource()).SetResult();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
