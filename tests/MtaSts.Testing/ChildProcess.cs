using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MtaSts.Testing;

/// <summary>
/// A program that a test starts. It ends when this object is disposed of, and also when the test process ends in any way,
/// even by SIGKILL: the kernel then kills it (PR_SET_PDEATHSIG, kept over exec).
/// </summary>
public sealed class ChildProcess : IAsyncDisposable
{
    public static readonly TimeSpan DefaultBound = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan GraceBeforeKill = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;
    private readonly string _commandLine;
    private readonly BoundedText _output = new();
    private readonly BoundedText _error = new();
    private readonly BoundedText _both = new();
    private Task _reading = Task.CompletedTask;

    private ChildProcess(ProcessStartInfo start)
    {
        _commandLine = string.Join(' ', start.ArgumentList.Skip(2));
        _process = new Process { StartInfo = start };
    }

    /// <summary>The program's own process id: setpriv becomes the program, it does not stay as a parent.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Latest part of standard output and standard error, as they came.</summary>
    public string Output => _both.ToString();

    /// <remarks>The environment given is added to that of this process; a null value takes a variable out.</remarks>
    public static async Task<ChildProcess> StartAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        ProcessStartInfo start = new(Requires.Program("setpriv", "package util-linux"), ["--pdeathsig", "KILL", program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach ((string name, string? value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        ChildProcess child = new(start);
        await ProcessStarter.StartAsync(child._process);
        child._process.StandardInput.Close();
        child._reading = Task.WhenAll(
            child.ReadAsync(child._process.StandardOutput, child._output), child.ReadAsync(child._process.StandardError, child._error));
        return child;
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null, TimeSpan? within = null)
    {
        await using ChildProcess child = await StartAsync(program, arguments, environment, workingDirectory);
        int exitCode = await child.WaitForExitAsync(within);
        return new CommandResult(exitCode, child._output.ToString(), child._error.ToString());
    }

    /// <returns>The exit code; 128 + signal where a signal ended it. All output has been read by then.</returns>
    public async Task<int> WaitForExitAsync(TimeSpan? within = null)
    {
        using CancellationTokenSource bound = new(within ?? DefaultBound);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
            await _reading.WaitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Still running: {_commandLine}\n{Output}");
        }

        return _process.ExitCode;
    }

    public Task WaitForOutputAsync(string text, TimeSpan? within = null) =>
        WaitUntilAsync(() => Task.FromResult(Output.Contains(text, StringComparison.Ordinal)), $"output \"{text}\"", within);

    /// <summary>Waits for a condition that the program brings about; fails with its output when it ends first or the time is up.</summary>
    public async Task WaitUntilAsync(Func<Task<bool>> condition, string what, TimeSpan? within = null)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            // Asked again after the end: the last lines may have brought what is waited for.
            if (HasExited && await WaitForExitAsync() is int exitCode && !await condition())
            {
                throw new InvalidOperationException($"Ended with {exitCode} before {what}: {_commandLine}\n{Output}");
            }

            if (Stopwatch.GetElapsedTime(began) > (within ?? DefaultBound))
            {
                throw new TimeoutException($"Waited in vain for {what}: {_commandLine}\n{Output}");
            }

            await Task.Delay(PollInterval);
        }
    }

    public void Signal(PosixSignalNumber signal)
    {
        if (!HasExited && Kill(Id, (int)signal) != 0 && !HasExited)
        {
            throw new InvalidOperationException($"kill({Id}) failed: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Asks it to end, and kills it when it does not.</summary>
    public async Task StopAsync(PosixSignalNumber signal = PosixSignalNumber.Terminate)
    {
        Signal(signal);
        try
        {
            await WaitForExitAsync(GraceBeforeKill);
        }
        catch (TimeoutException)
        {
            Signal(PosixSignalNumber.Kill);
            await WaitForExitAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    // In pieces, not lines: what a server sent is kept with its line ends.
    private async Task ReadAsync(StreamReader reader, BoundedText text)
    {
        char[] buffer = new char[4096];
        for (int count; (count = await reader.ReadAsync(buffer)) > 0;)
        {
            text.Add(buffer.AsSpan(0, count));
            _both.Add(buffer.AsSpan(0, count));
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int pid, int signal);
}
