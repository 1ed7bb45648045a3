using Microsoft.EntityFrameworkCore;

namespace MtaSts.Host.Data;

internal sealed class PostgresHostDbContext(DbContextOptions<PostgresHostDbContext> options) : HostDbContext(options)
{
    protected override string ByteCollation => "C";
}
