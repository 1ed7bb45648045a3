using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace MtaSts.Host.Data;

/// <summary>The database's file is not where it belongs.</summary>
internal sealed class StoreMissingException(string message) : Exception(message);

/// <summary>Tells «the store is away» (wait and come again) from a mistake of ours (a constraint that rules should have kept).</summary>
internal static class StoreFaults
{
    private const int SqliteConstraint = 19;

    // Data exception, integrity constraint violation.
    private static readonly string[] PostgresClassesOfOurMistakes = ["22", "23"];

    public static bool IsAway(Exception exception) => Cause(exception) switch
    {
        null => false,
        SqliteException sqlite => sqlite.SqliteErrorCode != SqliteConstraint,
        PostgresException postgres => !PostgresClassesOfOurMistakes.Contains(postgres.SqlState[..2]),
        _ => true,
    };

    /// <summary>One sentence for people who may not learn where the store is.</summary>
    public static string Describe(Exception exception) => Cause(exception) switch
    {
        SqliteException sqlite => $"SQLite answers with error {sqlite.SqliteErrorCode}",
        PostgresException postgres => $"PostgreSQL answers with error {postgres.SqlState}",
        StoreMissingException => "the store is missing, or another one is in its place",
        _ => "the database cannot be reached",
    };

    /// <summary>For the log: <see cref="Describe"/> where the store is to blame; else the whole exception, which is a mistake of ours.</summary>
    public static string Tell(Exception exception) => Cause(exception) is null ? exception.ToString() : Describe(exception);

    /// <summary>The driver's own exception, which EF Core and Npgsql wrap in one or two of theirs; null when the store is not to blame.</summary>
    public static Exception? Cause(Exception exception)
    {
        for (var current = exception; current is not null; current = current.InnerException!)
        {
            if (current is DbException or TimeoutException or StoreMissingException)
            {
                return current;
            }
        }

        return null;
    }
}
