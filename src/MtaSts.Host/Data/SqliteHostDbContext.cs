using Microsoft.EntityFrameworkCore;

namespace MtaSts.Host.Data;

internal sealed class SqliteHostDbContext(DbContextOptions<SqliteHostDbContext> options) : HostDbContext(options)
{
    protected override string ByteCollation => "BINARY";
}
