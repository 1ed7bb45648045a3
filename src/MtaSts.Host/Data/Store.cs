using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Data;

/// <summary>The one door to the store: contexts for reading, and the transaction that every write runs in. Safe from all threads.</summary>
internal sealed class Store(Func<HostDbContext> openContext, StoreHealth health, TimeProvider clock) : IDisposable
{
    // A caller waits no longer than this for the writes before his: while the store is away the queue would only grow.
    private static readonly TimeSpan LongestQueueing = TimeSpan.FromSeconds(10);

    private readonly string? _sqliteFile = SqliteFileOf(openContext);
    private long _sqliteFileBorn;

    // Writers of one process queue here, first come first served, instead of polling the database's lock against each other.
    private readonly SemaphoreSlim _writer = new(1, 1);

    /// <summary>The store whose policies this node serves, once it has loaded them: what another one in its place is told would be lost.</summary>
    public string? Identity { get; set; }

    /// <exception cref="StoreMissingException">This is not the store that the node has loaded.</exception>
    public void RefuseAnother(StoreState state)
    {
        if (Identity is not null && Identity != state.Identity)
        {
            throw new StoreMissingException("Another store is in the place of the one that this node has loaded. Put it back, or restart to serve the other one.");
        }
    }

    /// <summary>Pulses after each write of this node; those of other nodes it does not see.</summary>
    public Signal Written { get; } = new();

    /// <summary>A context for reading; nothing read through it is tracked.</summary>
    /// <exception cref="StoreMissingException">The SQLite file was moved away.</exception>
    public HostDbContext Open()
    {
        if (_sqliteFile is not null)
        {
            // Pooled connections go on writing into a file that was moved, deleted or replaced; such a write would be acknowledged and
            // lost. Every file has its own time of birth; of one that is not there it is 1601.
            var born = File.GetCreationTimeUtc(_sqliteFile).Ticks;
            if (Interlocked.Exchange(ref _sqliteFileBorn, born) != born)
            {
                SqliteConnection.ClearAllPools();
            }

            if (MissingFile is { } file)
            {
                throw new StoreMissingException($"The database file {file} is missing.");
            }
        }

        return openContext();
    }

    /// <summary>With SQLite, the file; null with PostgreSQL.</summary>
    public string? SqliteFile => _sqliteFile;

    /// <summary>The SQLite file that is not where it belongs; null when it is there, and with PostgreSQL.</summary>
    public string? MissingFile => _sqliteFile is not null && !File.Exists(_sqliteFile) ? _sqliteFile : null;

    /// <summary>Makes an empty SQLite file for the first migration; contexts never create one by themselves.</summary>
    public void CreateFileIfMissing()
    {
        if (MissingFile is { } file)
        {
            PrivateFiles.CreateDirectory(Path.GetDirectoryName(file)!);
            try
            {
                // Never overwrites: another process may have made and filled it since the look.
                PrivateFiles.Open(file, FileMode.CreateNew, FileShare.ReadWrite).Dispose();
            }
            catch (IOException) when (File.Exists(file))
            {
                // It has.
            }
        }
    }

    /// <summary>
    /// Runs one write. The revision is taken first, which locks the counter: writes of all nodes follow each other, so revisions become
    /// visible in their order and what <paramref name="edit"/> reads is the newest. A write that changes no row takes no revision.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was written.</exception>
    /// <exception cref="TimeoutException">The writes before this one did not end; nothing was written.</exception>
    public async Task<T> WriteAsync<T>(Func<StoreWrite, Task<T>> edit, CancellationToken cancellationToken)
    {
        if (!await _writer.WaitAsync(LongestQueueing, cancellationToken))
        {
            throw new TimeoutException("The writes before this one did not end.");
        }

        try
        {
            await using var db = Open();
            db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.TrackAll;
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            var stamp = BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long)));
            await db.StoreState.ExecuteUpdateAsync(set => set.SetProperty(x => x.Revision, x => x.Revision + 1).SetProperty(x => x.Stamp, stamp), cancellationToken);
            var state = await db.StoreState.AsNoTracking().SingleAsync(cancellationToken);
            RefuseAnother(state);
            var write = new StoreWrite(db, state.Epoch, state.Revision, clock.GetUtcNow());
            var result = await edit(write);
            if (!db.ChangeTracker.HasChanges())
            {
                return result;
            }

            db.Revisions.Add(new StoreRevision { Revision = state.Revision, Stamp = stamp });
            // From here a caller who hangs up changes nothing: half a commit would leave him not knowing what happened.
            await db.SaveChangesAsync(CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
            health.Answered();
            Written.Pulse();
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>
    /// A write beside the policies, which takes no revision and which no node waits for (certificates). It queues with the others, so that a
    /// bulk of it and the edits take turns.
    /// </summary>
    /// <exception cref="System.Data.Common.DbException">The store is away; nothing was written.</exception>
    public async Task WriteAsideAsync(Func<HostDbContext, Task> write, CancellationToken cancellationToken)
    {
        await _writer.WaitAsync(cancellationToken);
        try
        {
            await using var db = Open();
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await write(db);
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        finally
        {
            _writer.Release();
        }
    }

    public void Dispose() => _writer.Dispose();

    private static string? SqliteFileOf(Func<HostDbContext> openContext)
    {
        using var db = openContext();
        return db is SqliteHostDbContext ? Path.GetFullPath(db.Database.GetDbConnection().DataSource) : null;
    }
}

/// <summary>What an edit works with inside its transaction.</summary>
/// <param name="Db">Tracks what it reads; <see cref="Store.WriteAsync"/> saves.</param>
/// <param name="Epoch">The history that <paramref name="Revision"/> belongs to.</param>
/// <param name="Revision">The revision of this write.</param>
/// <param name="At">One time for all rows of the write.</param>
internal sealed record StoreWrite(HostDbContext Db, string Epoch, long Revision, DateTimeOffset At)
{
    public void Audit(string actor, string action, string target, string? detail = null, string? tenant = null, string? domain = null) =>
        Db.Audit.Add(new AuditEntry
        {
            Revision = Revision,
            At = At,
            Actor = actor,
            Action = action,
            Target = target,
            Detail = detail,
            Tenant = tenant,
            Domain = domain,
        });
}
