using System.CommandLine;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts migrate`: brings the store to this version's schema. The service does the same when it starts.</summary>
internal static class MigrateCommand
{
    public static Command Create(string[] settings)
    {
        var command = new Command("migrate", $"Brings the store to this version's schema, as the service does when it starts. {SettingArguments.ShortHelp}");
        command.SetAction((_, cancellationToken) => RunAsync(settings, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings);
        await StoreStart.RefuseLostStoreAsync(services.GetRequiredService<Store>(), services.GetRequiredService<NodeIdentity>(), cancellationToken);
        var applied = await StoreMigrator.MigrateAsync(services.GetRequiredService<Store>(), cancellationToken);
        foreach (var migration in applied)
        {
            Console.WriteLine($"Applied {migration}");
        }

        if (applied.Count == 0)
        {
            Console.WriteLine("Nothing to do: the store has this version's schema.");
        }

        return ExitCodes.Yes;
    }
}
