namespace MtaSts.Host.Data;

/// <summary>Whether the store answers, as the loops and the API find out in passing. Safe from all threads.</summary>
internal sealed class StoreHealth(TimeProvider clock)
{
    private StoreFault? _fault;

    /// <summary>Null while the store answers.</summary>
    public StoreFault? Fault => Volatile.Read(ref _fault);

    public void Answered() => Volatile.Write(ref _fault, null);

    /// <summary>True for the first failure since the last answer: one log line for an outage is enough.</summary>
    public bool Failed(Exception exception) =>
        Interlocked.CompareExchange(ref _fault, new StoreFault(StoreFaults.Describe(exception), clock.GetUtcNow()), null) is null;
}

/// <param name="Reason">One sentence without names of servers, users or files: it is shown without a key.</param>
/// <param name="Since">When it was first seen.</param>
internal sealed record StoreFault(string Reason, DateTimeOffset Since);
