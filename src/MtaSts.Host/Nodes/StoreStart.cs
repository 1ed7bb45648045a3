using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>The first thing that runs at start: schema, and the look whether the store was restored from a backup.</summary>
internal sealed partial class StoreStart(Store store, NodeIdentity node, IOptions<DataOptions> data, ILogger<StoreStart> logger) : IHostedService, IDisposable
{
    private FileStream? _folder;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        // Two nodes in one folder would be one in the eyes of the others, and each would overwrite what the other remembers.
        var path = data.Value.PathOf("node.lock");
        _folder = FileLock.TryTake(path) ?? throw new SettingsException($"Another process serves from {data.Value.Directory} (it holds {path}); each node needs a Data:Directory of its own.");

        await RefuseLostStoreAsync(store, node, cancellationToken);
        var applied = await StoreMigrator.MigrateAsync(store, cancellationToken);
        if (applied.Count > 0)
        {
            Log.Migrated(logger, string.Join(", ", applied));
        }

        await NewEpochAfterRestoreAsync(store, node.Position, logger, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _folder?.Dispose();

    /// <summary>
    /// A node that has read a store must not go on with an empty one: a volume that is not mounted or a wrong connection string would take
    /// every policy away.
    /// </summary>
    /// <exception cref="StoreMissingException">The store is missing or empty.</exception>
    public static async Task RefuseLostStoreAsync(Store store, NodeIdentity node, CancellationToken cancellationToken)
    {
        if (node.Position is not { Revision: > 0 } known)
        {
            return;
        }

        const string Advice = "Put it back; to begin with an empty store, delete node.json in Data:Directory.";
        if (store.MissingFile is { } file)
        {
            throw new StoreMissingException($"The database file {file} is missing, although this node has read revision {known.Revision} from it. {Advice}");
        }

        await using var db = store.Open();
        if (!(await db.Database.GetAppliedMigrationsAsync(cancellationToken)).Any())
        {
            throw new StoreMissingException($"The store is empty, although this node has read revision {known.Revision} from it. {Advice}");
        }

        if (!await db.StoreState.AnyAsync(state => state.Identity == known.Identity, cancellationToken))
        {
            throw new StoreMissingException($"This is another store than the one that this node has read revision {known.Revision} from. {Advice.Replace("an empty store", "this one", StringComparison.Ordinal)}");
        }
    }

    /// <summary>
    /// A store whose history does not hold what was read from it before was restored from a backup: revisions come again with another
    /// meaning. A new epoch keeps the two apart, on all nodes. Returns whether a new one was begun.
    /// </summary>
    public static async Task<bool> NewEpochAfterRestoreAsync(Store store, StorePosition? known, ILogger logger, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        if (known is null || await known.IsInHistoryOfAsync(db, cancellationToken))
        {
            return false;
        }

        var changed = await db.StoreState
            .Where(state => state.Epoch == known.Epoch)
            .ExecuteUpdateAsync(set => set.SetProperty(state => state.Epoch, StoreMigrator.NewWord()), cancellationToken);
        if (changed == 0)
        {
            return false;
        }

        Log.Restored(logger, known.Revision);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Information, "The store's schema was brought up to date: {Migrations}")]
        public static partial void Migrated(ILogger logger, string migrations);

        [LoggerMessage(101, LogLevel.Warning, "The store's history does not hold revision {Revision} as it was read, so it was restored from a backup; a new epoch begins")]
        public static partial void Restored(ILogger logger, long revision);
    }
}
