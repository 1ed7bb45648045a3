using System.CommandLine;
using Microsoft.Extensions.Options;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts`, `mtasts serve`: runs the service.</summary>
internal static class ServeCommand
{
    public static Command Create(string[] settings)
    {
        var command = new Command("serve", $"Runs the service. {SettingArguments.ShortHelp}");
        SetAction(command, settings);
        return command;
    }

    public static void SetAction(Command command, string[] settings) => command.SetAction((_, _) => RunAsync(settings));

    private static async Task<int> RunAsync(string[] settings)
    {
        await using var app = ServiceHost.Build(settings);
        var quiet = QuietStart.Begin((IConfigurationManager)app.Configuration);
        // The host does so as well, but only after building what fails at the first of them.
        app.Services.GetRequiredService<IStartupValidator>().Validate();
        await app.StartAsync();
        quiet.End();
        await app.WaitForShutdownAsync();
        return ExitCodes.Yes;
    }
}
