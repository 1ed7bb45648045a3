using System.CommandLine;
using System.CommandLine.Parsing;

namespace MtaSts.Host.Commands;

/// <summary>The commands put together: reads the command line, runs one of them, and says in one line each what went wrong.</summary>
internal static class CommandRunner
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (settings, others, faults) = SettingArguments.Split(arguments);
        var root = new RootCommand($"Hosts MTA-STS policies (RFC 8461). Without a command it runs the service.\n\n{SettingArguments.Help}\n\nExit code: 0 done, valid or a match; 1 failed, not valid or no match; 2 usage, or a setting or an input that cannot be read.");
        ServeCommand.SetAction(root, settings);
        Command[] configured =
        [
            ServeCommand.Create(settings), KeysCommand.Create(settings), MigrateCommand.Create(settings), SealingKeyCommand.Create(settings),
            ImportCertificatesCommand.Create(settings), CertificatesCommand.Create(settings), RecordsCommand.Create(settings), CheckCommand.Create(settings), AcmeCommand.Create(settings),
        ];
        Array.ForEach(configured, root.Add);
        root.Add(LintCommand.Create());
        root.Add(MatchCommand.Create());

        // Response files off: an argument such as @file is a plain one. Bundling off: -hx is a mistake and not two options.
        var parsed = root.Parse(others, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parsed.Action is not System.CommandLine.Help.HelpAction)
        {
            // A misspelt option shifts the arguments behind it; what the parser says of them would only confuse.
            var strays = StrayOptions(parsed).ToList();
            faults = [.. faults, .. strays.Count > 0 ? strays : parsed.Errors.Select(error => error.Message).Distinct()];
            if (settings.Length > 0 && !TakesSettings(parsed.CommandResult, [root, .. configured]))
            {
                faults = [.. faults, $"{parsed.CommandResult.Command.Name} takes no settings, but {settings[0].Split('=')[0]} is one."];
            }
        }

        if (faults.Count > 0)
        {
            return Complain(new StartFault(ExitCodes.Usage, faults));
        }

        try
        {
            // Signals are the host's business in serve; elsewhere the default, to end at once, is right.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception exception) when (StartFault.Of(exception) is { } fault)
        {
            return Complain(fault);
        }
    }

    // The parser takes an option that it does not know for an argument, where one is wanted: a misspelt --json would be linted.
    private static IEnumerable<string> StrayOptions(ParseResult parsed)
    {
        var beforeDashes = parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).ToHashSet<Token>(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens)
            .Where(token => token.Value.Length > 1 && token.Value[0] == '-' && beforeDashes.Contains(token))
            .Select(token => $"There is no option {token.Value}; an argument that begins with a hyphen goes behind --.");
    }

    private static bool TakesSettings(CommandResult command, Command[] configured) =>
        configured.Contains(command.Command) || (command.Parent is CommandResult parent && parent.Command is not RootCommand && TakesSettings(parent, configured));

    private static int Complain(StartFault fault)
    {
        foreach (var line in fault.Lines)
        {
            StandardError.Complain(line);
        }

        return fault.ExitCode;
    }
}
