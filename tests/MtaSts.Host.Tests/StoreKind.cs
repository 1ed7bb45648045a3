namespace MtaSts.Host.Tests;

/// <summary>The two stores that must behave the same; tests of the store and of the API run on both.</summary>
public enum StoreKind
{
    Sqlite,
    PostgreSql,
}
