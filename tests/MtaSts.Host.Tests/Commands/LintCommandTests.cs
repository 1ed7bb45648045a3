using Xunit;

namespace MtaSts.Host.Tests.Commands;

public sealed class LintCommandTests : IDisposable
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmx: mail.example.com\r\nmax_age: 604800\r\n";

    private readonly MtaStsProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_valid_policy_exits_0_and_its_JSON_has_the_members_of_the_contract_in_their_order()
    {
        var result = await _program.RunAsync("lint", "policy", "--json", Write("policy.txt", Good));

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(
            """{"valid":true,"errors":[],"warnings":[{"code":"mx.repeated","field":"mx","line":5,"message":"This pattern stands here a second time.","rfc":"RFC 8461 3.2"}],"version":"STSv1","mode":"enforce","maxAge":604800,"mx":["mail.example.com","*.example.net","mail.example.com"]}""" + "\n",
            result.StandardOutput);
        Assert.Empty(result.StandardError);
    }

    [Fact]
    public async Task An_invalid_policy_exits_1_and_members_that_were_not_found_are_null()
    {
        var result = await _program.RunAsync("lint", "policy", "--json", Write("policy.txt", "mode: none\nmx: *\nmax_age: 31557601\n"));

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            """{"valid":false,"errors":[{"code":"mx.wildcard","field":"mx","line":2,"message":"\"*\" is not an mx pattern: * can only be the whole left-most label, with a name after it.","rfc":"RFC 8461 3.2"},{"code":"max_age.range","field":"max_age","line":3,"message":"max_age is over 31557600, about a year.","rfc":"RFC 8461 3.2"},{"code":"version.missing","field":"version","line":null,"message":"There is no version.","rfc":"RFC 8461 3.2"}],"warnings":[],"version":null,"mode":"none","maxAge":31557601,"mx":["*"]}""" + "\n",
            result.StandardOutput);
    }

    [Fact]
    public async Task People_see_each_error_with_line_message_code_and_RFC()
    {
        var result = await _program.RunAsync("lint", "policy", Write("policy.txt", Good.Replace("enforce", "Enforce", StringComparison.Ordinal)));

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(
            [
                $"{_program.PathOf("policy.txt")} is not valid: 1 error, 1 warning",
                "  error, line 2: mode is \"Enforce\"; it must be enforce, testing or none, in lower case. [mode.value, RFC 8461 3.2]",
                "  warning, line 5: This pattern stands here a second time. [mx.repeated, RFC 8461 3.2]",
                "",
            ],
            result.StandardOutput.Split('\n'));
    }

    [Fact]
    public async Task Standard_input_is_read_as_bytes()
    {
        var file = Write("policy.txt", Good);
        await File.WriteAllBytesAsync(file, [0xFF, .. await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)], TestContext.Current.CancellationToken);

        // A stray octet before the first key must not get lost in a decoder.
        var result = await _program.RunWithInputAsync(file, "lint", "policy", "-", "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("\"code\":\"field.name\",\"field\":null,\"line\":1", result.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_policy_on_standard_input_is_valid_for_people_too()
    {
        var result = await _program.RunWithInputAsync(Write("policy.txt", Good), "lint", "policy", "-");

        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith("The policy is valid, with 1 warning\n  version: STSv1\n  mode: enforce\n  mx: mail.example.com\n", result.StandardOutput, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none.txt", "There is no file none.txt.")]
    [InlineData("none/none.txt", "There is no file none/none.txt.")]
    [InlineData("@policy.txt", "There is no file @policy.txt.")]
    [InlineData("/", "/ is a folder.")]
    [InlineData("", "FILE is empty.")]
    [InlineData("/dev/zero", "/dev/zero is longer than 1048576 bytes.")]
    [InlineData("two\nlines", "There is no file two lines.")]
    public async Task Input_that_cannot_be_read_exits_2_with_one_line(string file, string line)
    {
        Write("policy.txt", Good);

        var result = await _program.RunAsync("lint", "policy", file);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal($"mtasts: {line}\n", result.StandardError);
        Assert.Empty(result.StandardOutput);
    }

    [Fact]
    public async Task Records_are_judged_one_argument_each()
    {
        var valid = await _program.RunAsync("lint", "record", "--json", "v=spf1 -all", "v=STSv1; id=20161123T1;");
        Assert.Equal(0, valid.ExitCode);
        Assert.Contains("\"id\":\"20161123T1\"}\n", valid.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("\"warnings\":[{\"code\":\"record.unrelated\",\"field\":null,\"line\":null,", valid.StandardOutput, StringComparison.Ordinal);

        var several = await _program.RunAsync("lint", "record", "--json", "v=STSv1; id=1;", "v=STSv1; id=2;");
        Assert.Equal(1, several.ExitCode);
        Assert.Equal(
            """{"valid":false,"errors":[{"code":"record.several","field":null,"line":null,"message":"2 TXT records begin with v=STSv1; there must be exactly one.","rfc":"RFC 8461 3.1"}],"warnings":[],"id":null}""" + "\n",
            several.StandardOutput);
    }

    [Fact]
    public async Task A_TLSRPT_record_gives_its_addresses()
    {
        var valid = await _program.RunAsync("lint", "tlsrpt", "--json", "v=TLSRPTv1; rua=mailto:a@example.com,https://example.com/tlsrpt");
        Assert.Equal(0, valid.ExitCode);
        Assert.Equal("""{"valid":true,"errors":[],"warnings":[],"rua":["mailto:a@example.com","https://example.com/tlsrpt"]}""" + "\n", valid.StandardOutput);

        Assert.Equal(1, (await _program.RunAsync("lint", "tlsrpt", "v=TLSRPTv1; rua=ftp://example.com")).ExitCode);
    }

    [Fact]
    public async Task An_RR_may_look_like_an_option_or_a_response_file()
    {
        var option = await _program.RunAsync("lint", "record", "--json", "--", "-x");
        Assert.Equal(1, option.ExitCode);
        Assert.Contains("\\\"-x\\\"", option.StandardOutput, StringComparison.Ordinal);

        Write("records", "v=STSv1; id=1;");
        var at = await _program.RunAsync("lint", "record", "@records");
        Assert.Equal(1, at.ExitCode);
        Assert.Contains("\"@records\"", at.StandardOutput, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_program.PathOf(name), text);
        return _program.PathOf(name);
    }
}
