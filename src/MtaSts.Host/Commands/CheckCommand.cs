using System.CommandLine;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts check`: looks at any domain as a sending server does. It needs no store and no service that runs.</summary>
internal static class CheckCommand
{
    public static Command Create(string[] settings)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The domain, such as example.com." };
        var command = new Command("check", $"Looks at a domain as a sending server does: record, policy host, policy, mail servers. Exit code: 0 no error, 1 an error, 2 usage. {SettingArguments.ShortHelp}") { domain, LintCommand.Json };
        command.SetAction((parsed, cancellationToken) => RunAsync(settings, parsed.GetValue(domain)!, parsed.GetValue(LintCommand.Json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, string name, bool isJson, CancellationToken cancellationToken)
    {
        if (!MailDomain.TryParse(name, out var domain, out var error))
        {
            StandardError.Complain(error.Message);
            return ExitCodes.Usage;
        }

        await using var services = new ServiceCollection()
            .AddSingleton<IConfiguration>(ServiceHost.CreateBuilder(settings).Configuration)
            .AddSingleton(TimeProvider.System)
            // Without a provider nothing is logged: standard output belongs to the command.
            .AddLogging()
            .AddLookups()
            .AddChecks()
            .BuildServiceProvider();
        var report = await services.GetRequiredService<DomainCheck>().RunAsync(domain, ours: null, SeenWithin.Now, cancellationToken);
        if (isJson)
        {
            Console.WriteLine(CheckJsonText.Of(report));
        }
        else
        {
            CheckText.Write(Console.Out, report);
        }

        return report.Errors == 0 ? ExitCodes.Yes : ExitCodes.No;
    }
}
