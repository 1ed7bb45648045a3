using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace MtaSts.Host.Data;

/// <summary>
/// What every connection to SQLite needs (WAL is the file's, see <see cref="StoreMigrator"/>). synchronous=FULL: an acknowledged write is
/// on the disk, also after a power cut; NORMAL would lose the last ones. busy_timeout: wait for another process instead of failing.
/// </summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    private const string Pragmas = "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
