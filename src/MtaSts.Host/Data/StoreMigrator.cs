using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Data;

/// <summary>The store's schema is not the one that this program knows; the message is for the operator.</summary>
internal sealed class StoreSchemaException(string message) : Exception(message);

/// <summary>Brings the store to this version's schema and makes its one-row tables.</summary>
internal static class StoreMigrator
{
    // "mta-sts" in ASCII: advisory locks share one space of numbers in a database.
    private const long MigrationLock = 0x6D74612D737473;

    private static readonly TimeSpan LongestMigration = TimeSpan.FromMinutes(5);

    /// <summary>Random word for a store or a history of revisions: 128 bits, hexadecimal.</summary>
    public static string NewWord() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Safe to run on several nodes at once (one of them works, the others wait). Returns the names of the migrations applied.</summary>
    /// <exception cref="StoreSchemaException">A newer program was here before.</exception>
    public static Task<IReadOnlyList<string>> MigrateAsync(Store store, CancellationToken cancellationToken) => MigrateAsync(store, mayUpgrade: true, cancellationToken);

    /// <summary>For what may come before the first start: an empty store gets its schema, one with another schema than ours is left as it is.</summary>
    /// <exception cref="StoreSchemaException">The schema is older or newer than this program.</exception>
    public static Task CreateSchemaAsync(Store store, CancellationToken cancellationToken) => MigrateAsync(store, mayUpgrade: false, cancellationToken);

    /// <summary>For what only looks: nothing is made and nothing changed.</summary>
    /// <exception cref="StoreSchemaException">The schema is missing, or older or newer than this program.</exception>
    public static async Task RequireSchemaAsync(Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        _ = applied.Count > 0 ? Pending([.. db.Database.GetMigrations()], applied, mayUpgrade: false) : throw new StoreSchemaException("The store is empty; start the service, or run mtasts migrate first.");
    }

    /// <summary>Which of the <paramref name="known"/> migrations a store with the <paramref name="applied"/> ones still needs.</summary>
    /// <exception cref="StoreSchemaException">It is newer than this program; or older, and <paramref name="mayUpgrade"/> is false.</exception>
    public static IReadOnlyList<string> Pending(IReadOnlyList<string> known, IReadOnlyList<string> applied, bool mayUpgrade)
    {
        var unknown = applied.Except(known).ToList();
        if (unknown.Count > 0)
        {
            // What the newer tables mean is not known here: writing to them could break what the newer program promised.
            throw new StoreSchemaException($"The store's schema is newer than this program ({unknown[^1]} is unknown here); use the program that migrated it, or a newer one.");
        }

        var pending = known.Except(applied).ToList();
        if (!mayUpgrade && applied.Count > 0 && pending.Count > 0)
        {
            // Nodes of the older version may be running on it.
            throw new StoreSchemaException($"The store's schema is older than this program ({pending[0]} is missing); run mtasts migrate first.");
        }

        return pending;
    }

    private static async Task<IReadOnlyList<string>> MigrateAsync(Store store, bool mayUpgrade, CancellationToken cancellationToken)
    {
        store.CreateFileIfMissing();
        await using var db = store.Open();
        var applied = (await db.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList();
        var pending = Pending([.. db.Database.GetMigrations()], applied, mayUpgrade);
        await ApplyAsync(store, db, pending, cancellationToken);
        return pending;
    }

    // EF Core's own lock is let go between two migrations, and what another node applied meanwhile is applied once more. Held by a transaction
    // on a connection of its own, so that it ends with the process, behind a pooler, too.
    private static async Task<HostDbContext> LockPostgresAsync(Store store, CancellationToken cancellationToken)
    {
        var db = store.Open();
        try
        {
            db.Database.SetCommandTimeout(LongestMigration);
            await db.Database.BeginTransactionAsync(cancellationToken);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({MigrationLock})", cancellationToken);
            return db;
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }

    private static async Task ApplyAsync(Store store, HostDbContext db, IReadOnlyList<string> pending, CancellationToken cancellationToken)
    {
        if (db is SqliteHostDbContext)
        {
            // Readers do not wait for the writer. It is kept in the file.
            await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
        }

        if (pending.Count > 0)
        {
            // On SQLite EF Core's own lock is a row that a killed process leaves behind for ever; ours ends with the process, so that row can go.
            using var only = store.SqliteFile is { } file ? await FileLock.TakeAsync($"{file}-migrate.lock", LongestMigration, cancellationToken) : null;
            if (only is not null)
            {
                await db.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", cancellationToken);
            }

            await using var alone = store.SqliteFile is null ? await LockPostgresAsync(store, cancellationToken) : null;
            await db.Database.MigrateAsync(cancellationToken);
        }

        if (!await db.StoreState.AnyAsync(cancellationToken))
        {
            db.StoreState.Add(new StoreState { Identity = NewWord(), Epoch = NewWord(), Revision = 0 });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException) when (db.StoreState.Any())
            {
                // Another node made the row between the look and the insert: its epoch counts.
            }
        }
    }
}
