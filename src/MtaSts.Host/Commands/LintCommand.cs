using System.CommandLine;
using System.Globalization;
using MtaSts.Host.Lint;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts lint policy`, `record` and `tlsrpt`: strictly by the RFC's grammar.</summary>
internal static class LintCommand
{
    public static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object, the same that the API answers." };

    private const string ExitHelp = " Exit code: 0 valid, 1 not valid, 2 it could not be read.";

    public static Command Create() => new("lint", "Checks policies and records by the grammar of their RFC.") { Policy(), Record(), TlsRpt() };

    private static Command Policy()
    {
        var file = new Argument<string>("FILE") { Description = "The policy text, bytes as fetched; - is standard input." };
        var command = new Command("policy", $"Checks the text of a policy (RFC 8461, section 3.2).{ExitHelp}") { file, Json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            var (text, fault) = await InputFile.ReadAsync(name, cancellationToken);
            if (text is null)
            {
                StandardError.Complain(fault!);
                return ExitCodes.Usage;
            }

            var lint = PolicyLint.Of(text);
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(LintJsonText.Of(lint));
            }
            else
            {
                LintText.Write(Console.Out, name == InputFile.StandardInput ? "The policy" : name, lint.Errors, lint.Warnings, [
                    ("version", lint.Version), ("mode", lint.Mode), .. lint.Mx.Select(pattern => ("mx", (string?)pattern)),
                    ("max_age", lint.MaxAge?.ToString(CultureInfo.InvariantCulture))]);
            }

            return lint.Valid ? ExitCodes.Yes : ExitCodes.No;
        });
        return command;
    }

    private static Command Record()
    {
        var (command, records) = Records("record", $"Checks the TXT record at _mta-sts (RFC 8461, section 3.1).{ExitHelp}");
        command.SetAction(parsed =>
        {
            var lint = RecordLint.Of(parsed.GetRequiredValue(records));
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(LintJsonText.Of(lint));
            }
            else
            {
                LintText.Write(Console.Out, "The record", lint.Errors, lint.Warnings, [("id", lint.Id)]);
            }

            return lint.Valid ? ExitCodes.Yes : ExitCodes.No;
        });
        return command;
    }

    private static Command TlsRpt()
    {
        var (command, records) = Records("tlsrpt", $"Checks the TXT record at _smtp._tls (RFC 8460, section 3).{ExitHelp}");
        command.SetAction(parsed =>
        {
            var lint = TlsRptLint.Of(parsed.GetRequiredValue(records));
            if (parsed.GetValue(Json))
            {
                Console.WriteLine(LintJsonText.Of(lint));
            }
            else
            {
                LintText.Write(Console.Out, "The record", lint.Errors, lint.Warnings, [.. lint.Rua.Select(uri => ("rua", (string?)uri))]);
            }

            return lint.Valid ? ExitCodes.Yes : ExitCodes.No;
        });
        return command;
    }

    private static (Command Command, Argument<string[]> Records) Records(string name, string description)
    {
        var records = new Argument<string[]>("RR")
        {
            Description = "Each TXT RR at the name is one argument, its strings already joined; quote it, for the shell splits at semicolons.",
            Arity = ArgumentArity.OneOrMore,
        };
        return (new Command(name, description) { records, Json }, records);
    }
}
