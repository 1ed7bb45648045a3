using System.CommandLine;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts sealing-key …`: which keys seal the private keys of the store, their change, and the way on when one is lost.</summary>
internal static class SealingKeyCommand
{
    public static Command Create(string[] settings) => new("sealing-key", "Shows, changes or gives up the key that seals the private keys in the store.")
    {
        Step(settings, "status", "Shows the sealing keys and how many private keys are sealed with each. Exit code: 0 all can be opened, 1 some cannot.", StatusAsync),
        Step(settings, "rotate", "Makes a new sealing key and seals every private key with it, while the service runs; goes on with an earlier run that did not come to its end.", RotateAsync),
        Step(settings, "forget-old", "Takes the old sealing keys out of the key file, when nothing is sealed with them any more.", ForgetOldAsync),
        Lost(settings),
    };

    private static Command Lost(string[] settings)
    {
        var yes = new Option<bool>("--yes") { Description = "Do it; without this the command only says what it would do." };
        var command = Step(
            settings, "lost", "Gives up what no sealing key of this node opens, so that the service makes or orders it anew.", null);
        command.Add(yes);
        command.SetAction((parsed, cancellationToken) => WithStoreAsync(settings, (services, cancel) => LostAsync(services, parsed.GetValue(yes), cancel), cancellationToken));
        return command;
    }

    private static Command Step(string[] settings, string name, string description, Func<IServiceProvider, CancellationToken, Task<int>>? run)
    {
        var command = new Command(name, $"{description} {SettingArguments.ShortHelp}");
        if (run is not null)
        {
            command.SetAction((_, cancellationToken) => WithStoreAsync(settings, run, cancellationToken));
        }

        return command;
    }

    private static async Task<int> WithStoreAsync(string[] settings, Func<IServiceProvider, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings);
        var store = services.GetRequiredService<Store>();
        if (store.MissingFile is { } file)
        {
            throw new StoreMissingException($"The database file {file} is missing.");
        }

        await StoreStart.RefuseLostStoreAsync(store, services.GetRequiredService<NodeIdentity>(), cancellationToken);
        await StoreMigrator.CreateSchemaAsync(store, cancellationToken);
        return await run(services, cancellationToken);
    }

    private static async Task<int> StatusAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var counts = await services.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, cancellationToken);
        SealingKeyText.WriteStatus(Console.Out, services.GetRequiredService<KeySealing>(), counts);
        return counts.Sum(count => count.Lost) == 0 ? ExitCodes.Yes : ExitCodes.No;
    }

    private static async Task<int> RotateAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var sealing = services.GetRequiredService<KeySealing>();
        var change = services.GetRequiredService<SealingKeyChange>();
        using var only = change.TakeLock();
        if (sealing.Keys is not [var current, ..])
        {
            StandardError.Complain($"There is no sealing key: {sealing.KeyFile.Path} is missing and Certificates:SealingKey is not set. The service makes one when it first needs it.");
            return ExitCodes.No;
        }

        var before = await services.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, cancellationToken);
        var left = before.Sum(count => count.ByKey.Where(entry => entry.Key != current.Id).Sum(entry => entry.Value)) - before.Sum(count => count.Lost);
        if (left > 0)
        {
            Console.WriteLine($"{left} private keys are not sealed with the current key {current.Id} yet: this goes on with them and makes no new key.");
        }
        else if (sealing.IsConfigured)
        {
            Console.WriteLine($"Nothing to do: all is sealed with {current.Id}, the key of Certificates:SealingKey. For another one set that to the new key and Certificates:OldSealingKeys to this one, and run this again.");
            return ExitCodes.Yes;
        }
        else if (await change.OtherNodesAsync(ThisNode(services), cancellationToken) is > 0 and var others)
        {
            StandardError.Complain($"{others} more node(s) serve from this store and would not have the new key. Put it into the key file of each first, as the README says under Sealing key; then run this again.");
            return ExitCodes.No;
        }
        else
        {
            current = change.AddNew();
            Console.WriteLine($"Made the sealing key {current.Id}; it stands first in {sealing.KeyFile.Path}.");
        }

        var counts = await change.SealAllAgainAsync(cancellationToken);
        return SealingKeyText.WriteRotated(Console.Out, sealing, counts) ? ExitCodes.Yes : ExitCodes.No;
    }

    private static async Task<int> ForgetOldAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var sealing = services.GetRequiredService<KeySealing>();
        var change = services.GetRequiredService<SealingKeyChange>();
        using var only = change.TakeLock();
        var old = sealing.KeyFile.Read().Skip(sealing.IsConfigured ? 0 : 1).ToList();
        if (sealing.IsConfigured)
        {
            StandardError.Complain("Certificates:SealingKey is set, so old keys stand in Certificates:OldSealingKeys: take out there what mtasts sealing-key status shows as not needed, and restart.");
            return ExitCodes.No;
        }

        if (old.Count == 0)
        {
            Console.WriteLine($"Nothing to do: {sealing.KeyFile.Path} holds no old key.");
            return ExitCodes.Yes;
        }

        if (await change.ForgetOldAsync(cancellationToken) is { } refused)
        {
            StandardError.Complain(refused);
            return ExitCodes.No;
        }

        Console.WriteLine($"Took {string.Join(", ", old.Select(key => key.Id))} out of {sealing.KeyFile.Path}. Backups of the store from before the change need the old key: keep it with them.");
        return ExitCodes.Yes;
    }

    private static async Task<int> LostAsync(IServiceProvider services, bool isSure, CancellationToken cancellationToken)
    {
        var sealing = services.GetRequiredService<KeySealing>();
        var change = services.GetRequiredService<SealingKeyChange>();
        using var only = change.TakeLock();
        var counts = await services.GetRequiredService<Resealing>().CountAsync(tryToOpen: true, cancellationToken);
        if (counts.Sum(count => count.Lost) == 0)
        {
            Console.WriteLine("Nothing is lost: every private key in the store can be opened.");
            return ExitCodes.Yes;
        }

        SealingKeyText.WriteLost(Console.Out, counts, services.GetRequiredService<IOptions<CertificatesOptions>>().Value.Source);
        if (await change.OtherNodesAsync(ThisNode(services), cancellationToken) is > 0 and var others)
        {
            StandardError.Complain($"{others} more node(s) serve from this store and have its sealing key: copy it from there to {sealing.KeyFile.Path}. Nothing was changed.");
            return ExitCodes.No;
        }

        if (!isSure)
        {
            StandardError.Complain("Nothing was changed. Look for a backup of the key first; if there is none: mtasts sealing-key lost --yes.");
            return ExitCodes.No;
        }

        if (sealing.Keys.Count == 0)
        {
            // First: a service that still runs with the lost key in memory goes over to this one.
            sealing.KeyFile.MakeIfMissing();
        }

        var gone = await services.GetRequiredService<Resealing>().LoseAsync(cancellationToken);
        Console.WriteLine($"Gave up {gone.Sum(count => count.Changed)} private keys. New ones are sealed with {sealing.Keys[0].Id}; keep a copy of it this time.");
        return ExitCodes.Yes;
    }

    // Asking for a name makes one, and a look must leave nothing behind.
    private static string? ThisNode(IServiceProvider services) =>
        File.Exists(services.GetRequiredService<IOptions<DataOptions>>().Value.PathOf("node.json")) ? services.GetRequiredService<NodeIdentity>().Name : null;
}
