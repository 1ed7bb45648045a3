using Xunit;

namespace MtaSts.Host.Tests.Commands;

public sealed class UsageTests : IDisposable
{
    private readonly MtaStsProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Theory]
    [InlineData("frobnicate", "Unrecognized command or argument 'frobnicate'.")]
    [InlineData("serve now", "Unrecognized command or argument 'now'.")]
    [InlineData("--jsn", "Unrecognized command or argument '--jsn'.")]
    [InlineData("lint", "Required command was not provided.")]
    [InlineData("lint policy", "Required argument missing for command: 'policy'.")]
    [InlineData("lint policy one two", "Unrecognized command or argument 'two'.")]
    [InlineData("lint policy --jsn one", "There is no option --jsn; an argument that begins with a hyphen goes behind --.")]
    [InlineData("lint record", "Required argument missing for command: 'record'.")]
    [InlineData("lint record -x", "There is no option -x; an argument that begins with a hyphen goes behind --.")]
    [InlineData("lint policy one --Data:Directory=x", "policy takes no settings, but --Data:Directory is one.")]
    [InlineData("match mx.example.com", "Required argument missing for command: 'match'.")]
    [InlineData("keys create", "Option '--role' is required.")]
    [InlineData("keys create --role owner", "--role must be viewer, editor or admin.")]
    [InlineData("migrate --Data:Directory", "The setting --Data:Directory needs a value: --Data:Directory=…")]
    [InlineData("migrate --Data:Directory --help", "The setting --Data:Directory needs a value: --Data:Directory=…")]
    public async Task A_mistake_on_the_command_line_exits_2_with_one_line_and_no_help(string arguments, string line)
    {
        var result = await _program.RunAsync(arguments.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"mtasts: {line}\n", result.StandardError);
        Assert.Empty(result.StandardOutput);
        Assert.False(Directory.Exists(_program.DataDirectory));
    }

    [Theory]
    [InlineData("", "mtasts --Data:Directory=/srv/mtasts")]
    [InlineData("serve", "--Data:Directory=/srv/mtasts")]
    [InlineData("lint", "tlsrpt <RR>")]
    [InlineData("lint policy", "mtasts lint policy <FILE> [options]")]
    [InlineData("lint record", "mtasts lint record <RR>... [options]")]
    [InlineData("lint tlsrpt", "mtasts lint tlsrpt <RR>... [options]")]
    [InlineData("match", "mtasts match <HOST> <PATTERN>... [options]")]
    [InlineData("keys create", "--role <viewer|editor|admin> (REQUIRED)")]
    [InlineData("migrate", "--Data:Directory=/srv/mtasts")]
    public async Task Each_command_has_help(string command, string text)
    {
        var result = await _program.RunAsync([.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(text, result.StandardOutput, StringComparison.Ordinal);
        Assert.Empty(result.StandardError);
    }

    [Fact]
    public async Task Match_says_which_pattern_covers_the_host()
    {
        var yes = await _program.RunAsync("match", "MX.Example.com.", "mail.example.com", "*.example.com", "--json");
        Assert.Equal((0, """{"match":true,"pattern":"*.example.com"}""" + "\n"), (yes.ExitCode, yes.StandardOutput));

        var no = await _program.RunAsync("match", "a.mx.example.com", "*.example.com", "--json");
        Assert.Equal((1, """{"match":false,"pattern":null}""" + "\n"), (no.ExitCode, no.StandardOutput));

        var text = await _program.RunAsync("match", "mx.example.com", "*.example.com");
        Assert.Equal((0, "mx.example.com matches *.example.com\n"), (text.ExitCode, text.StandardOutput));
    }

    [Theory]
    [InlineData("192.0.2.1", "*.example.com", "The host must be")]
    [InlineData("", "*.example.com", "The host must be")]
    [InlineData("mx example.com", "*.example.com", "The host must be")]
    [InlineData("*.example.com", "*.example.com", "The host must be")]
    [InlineData("mx.example.com", "*", "\"*\" is not an mx pattern")]
    [InlineData("mx.example.com", "mx.example.com.", "\"mx.example.com.\" is not an mx pattern")]
    public async Task A_host_or_pattern_that_cannot_be_one_exits_2(string host, string pattern, string begins)
    {
        var result = await _program.RunAsync("match", host, pattern, "--json");

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith($"mtasts: {begins}", Assert.Single(result.StandardError.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.Empty(result.StandardOutput);
    }
}
