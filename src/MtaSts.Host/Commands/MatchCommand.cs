using System.CommandLine;
using MtaSts.Host.Api;
using MtaSts.Host.Lint;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts match HOST PATTERN…`: does the host match one of the mx patterns (RFC 8461 §4.1)?</summary>
internal static class MatchCommand
{
    public static Command Create()
    {
        var host = new Argument<string>("HOST") { Description = "Name of a mail server, as it stands in an MX record." };
        var patterns = new Argument<string[]>("PATTERN") { Description = "An mx of a policy, such as \"*.example.com\"; quote it, or the shell takes the asterisk.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("match", "Tells whether a mail server matches one of the mx patterns (RFC 8461, section 4.1). Exit code: 0 it does, 1 it does not, 2 host or pattern cannot be one.")
        {
            host, patterns, LintCommand.Json,
        };
        command.SetAction(parsed => Run(parsed.GetRequiredValue(host), parsed.GetRequiredValue(patterns), parsed.GetValue(LintCommand.Json)));
        return command;
    }

    private static int Run(string host, string[] patterns, bool json)
    {
        var errors = new List<FieldError>();
        if (MxMatch.Find(host, patterns, errors) is not { } answer)
        {
            errors.ForEach(error => StandardError.Complain(error.Message));
            return ExitCodes.Usage;
        }

        Console.WriteLine(json ? LintJsonText.Of(answer) : Text(host, answer, patterns));
        return answer.Match ? ExitCodes.Yes : ExitCodes.No;
    }

    private static string Text(string host, MatchAnswer answer, string[] patterns) => answer.Match
        ? $"{host} matches {answer.Pattern}"
        : $"{host} does not match {(patterns.Length == 1 ? patterns[0] : $"any of the {patterns.Length} patterns")}";
}
