using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

/// <summary>Runs the built program in a folder of its own, with endpoints of its own. Every run is looked at for stack traces.</summary>
public sealed class MtaStsProgram : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mtasts-commands-");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string DataDirectory => PathOf("data");

    public Task<CommandResult> RunAsync(params string[] arguments) => RunCopyAsync(ServiceProcess.Program, arguments);

    /// <summary>With a file on standard input.</summary>
    public Task<CommandResult> RunWithInputAsync(string file, params string[] arguments) =>
        CheckAsync(ChildProcess.RunAsync("sh", ["-c", "exec dotnet \"$@\" < \"$0\"", file, ServiceProcess.Program, .. arguments], Environment(), _folder.FullName));

    public Task<CommandResult> RunCopyAsync(string program, params string[] arguments) =>
        CheckAsync(ChildProcess.RunAsync("dotnet", [program, .. arguments], Environment(), _folder.FullName));

    public Task<ChildProcess> StartAsync(params string[] arguments) =>
        ChildProcess.StartAsync("dotnet", [ServiceProcess.Program, .. arguments], Environment(), _folder.FullName);

    public void Dispose() => _folder.Delete(recursive: true);

    private Dictionary<string, string?> Environment() => new(ServiceProcess.Settings(DataDirectory, "http://127.0.0.1:0", "http://127.0.0.1:0", "http://127.0.0.1:0"));

    private static async Task<CommandResult> CheckAsync(Task<CommandResult> run)
    {
        var result = await run;
        Assert.DoesNotContain(result.Output.Split('\n'), line => line.StartsWith("   at ", StringComparison.Ordinal));
        return result;
    }
}
