using System.Linq.Expressions;
using System.Reflection;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>One column of sealed private keys. All writes are conditional on the bytes that were read: what changed in between stays.</summary>
internal abstract class SealedColumn(string one, string many, PropertyInfo property)
{
    /// <summary>How many of what, for people.</summary>
    public string Amount(int count) => count == 1 ? $"1 {one}" : $"{count} {many}";

    public PropertyInfo Property => property;

    /// <summary>All of it that is not null, while others go on writing.</summary>
    public abstract IAsyncEnumerable<SealedCell> ReadAsync(HostDbContext db);

    /// <summary>1, or 0 when the row is another by now.</summary>
    public abstract Task<int> ReplaceAsync(HostDbContext db, SealedCell cell, byte[] content, CancellationToken cancellationToken);

    /// <summary>Takes away what cannot be opened any more, so that the service makes it anew. 1, or 0 when the row is another by now.</summary>
    public abstract Task<int> LoseAsync(HostDbContext db, SealedCell cell, DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="one">What such a key is for.</param>
/// <param name="many">The same in the plural.</param>
/// <param name="column">The column.</param>
/// <param name="cells">All of it that is not null.</param>
/// <param name="row">The rows of a cell: one or none.</param>
/// <param name="lose">Takes those rows' key away, and what hangs on it.</param>
internal sealed class SealedColumn<TRow>(
    string one,
    string many,
    Expression<Func<TRow, byte[]?>> column,
    Func<IQueryable<TRow>, IQueryable<SealedCell>> cells,
    Func<SealedCell, Expression<Func<TRow, bool>>> row,
    Func<HostDbContext, IQueryable<TRow>, SealedCell, DateTimeOffset, CancellationToken, Task<int>> lose)
    : SealedColumn(one, many, (PropertyInfo)((MemberExpression)column.Body).Member)
    where TRow : class
{
    public override IAsyncEnumerable<SealedCell> ReadAsync(HostDbContext db) => cells(db.Set<TRow>().AsNoTracking()).AsAsyncEnumerable();

    public override Task<int> ReplaceAsync(HostDbContext db, SealedCell cell, byte[] content, CancellationToken cancellationToken) =>
        db.Set<TRow>().Where(row(cell)).ExecuteUpdateAsync(set => set.SetProperty(column, content), cancellationToken);

    public override Task<int> LoseAsync(HostDbContext db, SealedCell cell, DateTimeOffset now, CancellationToken cancellationToken) =>
        lose(db, db.Set<TRow>().Where(row(cell)), cell, now, cancellationToken);
}
