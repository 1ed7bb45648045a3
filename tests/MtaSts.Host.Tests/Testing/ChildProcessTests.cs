using System.Globalization;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Testing;

public sealed class ChildProcessTests
{
    // Names the file in which the second test process below leaves its child's id.
    private const string ChildIdFile = "CHILD_PROCESS_TESTS_CHILD_ID_FILE";

    private static string ThisProgram => Environment.ProcessPath!;

    [Fact]
    public async Task A_program_gets_its_arguments_and_environment_and_both_outputs_are_kept()
    {
        CommandResult result = await ChildProcess.RunAsync(
            "sh", ["-c", "echo \"$1 $GREETING\"; echo trouble >&2; exit 3", "sh", "a b"],
            new Dictionary<string, string?> { ["GREETING"] = "hello" });

        Assert.Equal(new CommandResult(3, "a b hello\n", "trouble\n"), result);
    }

    [Fact]
    public async Task Standard_input_is_empty()
    {
        Assert.Equal(new CommandResult(0, "", ""), await ChildProcess.RunAsync("cat", []));
    }

    [Fact]
    public async Task Waiting_for_output_ends_when_the_line_is_there()
    {
        await using ChildProcess child = await ChildProcess.StartAsync("sh", ["-c", "echo ready; exec sleep 600"]);
        await child.WaitForOutputAsync("ready");
        Assert.False(child.HasExited);
    }

    [Fact]
    public async Task Waiting_fails_with_the_output_when_the_program_ends_first()
    {
        await using ChildProcess child = await ChildProcess.StartAsync("sh", ["-c", "echo no such thing; exit 7"]);
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WaitForOutputAsync("ready"));
        Assert.Contains("Ended with 7", failure.Message, StringComparison.Ordinal);
        Assert.Contains("no such thing", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_is_bounded()
    {
        await using ChildProcess child = await ChildProcess.StartAsync("sleep", ["600"]);
        await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForOutputAsync("never", TimeSpan.FromMilliseconds(100)));
        await Assert.ThrowsAsync<TimeoutException>(() => child.WaitForExitAsync(TimeSpan.FromMilliseconds(100)));
    }

    [Fact]
    public async Task Output_without_end_does_not_fill_the_memory()
    {
        CommandResult result = await ChildProcess.RunAsync("sh", ["-c", "yes 0123456789 | head -n 1000000; echo the end"]);
        Assert.InRange(result.StandardOutput.Length, 1_000_000, 2_000_100);
        Assert.EndsWith("the end\n", result.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposing_ends_the_program()
    {
        ChildProcess child = await ChildProcess.StartAsync("sleep", ["600"]);
        int id = child.Id;
        Assert.True(IsRunning(id));

        await child.DisposeAsync();
        Assert.False(IsRunning(id));
    }

    [Fact]
    public async Task A_signal_that_ends_the_program_shows_in_its_exit_code()
    {
        await using ChildProcess child = await ChildProcess.StartAsync("sleep", ["600"]);
        await child.StopAsync(PosixSignalNumber.Interrupt);
        Assert.Equal(128 + (int)PosixSignalNumber.Interrupt, await child.WaitForExitAsync());
    }

    [Fact]
    public async Task A_program_outlives_the_thread_that_asked_for_it()
    {
        ChildProcess? child = null;
        Thread thread = new(() => child = ChildProcess.StartAsync("sleep", ["600"]).GetAwaiter().GetResult());
        thread.Start();
        thread.Join();

        // The kernel sends the parent death signal while the thread ends, which Join has waited for;
        // a second program that has run to its end gives a wrong signal the time to arrive.
        await using (child)
        {
            await ChildProcess.RunAsync("sleep", ["0.2"]);
            Assert.False(child!.HasExited);
        }
    }

    [Fact]
    public async Task A_program_dies_with_a_test_process_that_is_killed()
    {
        if (Environment.GetEnvironmentVariable(ChildIdFile) is string file)
        {
            await BeTheProcessThatIsKilledAsync(file);
        }

        string childIdFile = Path.Combine(Directory.CreateTempSubdirectory("mtasts-").FullName, "id");
        await using ChildProcess tests = await ChildProcess.StartAsync(
            ThisProgram,
            ["-class", typeof(ChildProcessTests).FullName!, "-method", $"*.{nameof(A_program_dies_with_a_test_process_that_is_killed)}"],
            new Dictionary<string, string?> { [ChildIdFile] = childIdFile });
        await tests.WaitUntilAsync(() => Task.FromResult(File.Exists(childIdFile)), "the second test process has a child");
        int childId = int.Parse(await File.ReadAllTextAsync(childIdFile, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        Assert.True(IsRunning(childId));

        await tests.StopAsync(PosixSignalNumber.Kill);

        await using ChildProcess waiting = await ChildProcess.StartAsync("sleep", ["600"]);
        await waiting.WaitUntilAsync(() => Task.FromResult(!IsRunning(childId)), $"process {childId} is gone");
        Directory.Delete(Path.GetDirectoryName(childIdFile)!, recursive: true);
    }

    private static async Task BeTheProcessThatIsKilledAsync(string childIdFile)
    {
        await using ChildProcess child = await ChildProcess.StartAsync("sleep", ["600"]);
        await File.WriteAllTextAsync(childIdFile + ".new", child.Id.ToString(CultureInfo.InvariantCulture));
        File.Move(childIdFile + ".new", childIdFile);
        await child.WaitForExitAsync();
        Assert.Fail("This process was to be killed before its child.");
    }

    // A zombie has ended; only its parent has not asked for its exit code yet.
    private static bool IsRunning(int id)
    {
        try
        {
            return !File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].StartsWith('Z');
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }
}
