using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Whole;

/// <summary>The steps of the Dockerfile, done without Docker: the same publish, an unprivileged user, a read-only program folder.</summary>
public sealed class DockerStepsTests
{
    [Fact]
    public async Task What_the_Dockerfile_builds_starts_as_an_unprivileged_user_on_a_read_only_file_system_and_gets_healthy()
    {
        await Requires.NetworkNamespacesAsync();
        Requires.Program("mount", "package mount");

        var result = await ChildProcess.RunAsync("bash", [Path.Combine(Repository.Top, "tests", "docker-steps.sh")], within: TimeSpan.FromMinutes(8));

        Assert.True(result.ExitCode == 0, result.Output);
        Assert.Contains("docker-steps: healthy", result.StandardOutput, StringComparison.Ordinal);
    }
}
