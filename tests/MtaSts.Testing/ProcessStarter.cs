using System.Collections.Concurrent;
using System.Diagnostics;

namespace MtaSts.Testing;

/// <summary>
/// Starts every program on one thread that lives as long as this process. prctl(2), PR_SET_PDEATHSIG: the "parent" is the thread
/// that made the child; from a thread of the pool the signal would come as soon as the pool lets that thread go.
/// </summary>
internal static class ProcessStarter
{
    private static readonly BlockingCollection<Action> Work = CreateThread();

    public static Task StartAsync(Process process)
    {
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                process.Start();
                started.SetResult();
            }
            catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                started.SetException(failure);
            }
        });
        return started.Task;
    }

    private static BlockingCollection<Action> CreateThread()
    {
        BlockingCollection<Action> work = [];
        Thread thread = new(() =>
        {
            foreach (Action start in work.GetConsumingEnumerable())
            {
                start();
            }
        })
        { IsBackground = true, Name = nameof(ProcessStarter) };
        thread.Start();
        return work;
    }
}
