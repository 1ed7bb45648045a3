using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace MtaSts.Host.Data;

internal static class DataSetup
{
    public static IServiceCollection AddData(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DataOptions, DataOptionsValidator>()
            .BindConfiguration("Data")
            .Configure<IConfiguration>((options, configuration) => options.ConnectionString = configuration.GetConnectionString("Store"))
            .PostConfigure(options => options.Directory = string.IsNullOrWhiteSpace(options.Directory) ? "" : Path.GetFullPath(options.Directory));
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<Store>();
        services.AddSingleton(OpenContext);
        services.TryAddClock();
        return services;
    }

    private static void TryAddClock(this IServiceCollection services)
    {
        if (!services.Any(service => service.ServiceType == typeof(TimeProvider)))
        {
            services.AddSingleton(TimeProvider.System);
        }
    }

    /// <summary>A function that opens a context of the configured provider; each caller disposes its own.</summary>
    /// <exception cref="SettingsException">The connection string cannot be read.</exception>
    private static Func<HostDbContext> OpenContext(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<DataOptions>>().Value;
        var loggers = provider.GetRequiredService<ILoggerFactory>();
        if (options.Provider == DataProvider.PostgreSql)
        {
            var postgres = new DbContextOptionsBuilder<PostgresHostDbContext>()
                .UseLoggerFactory(loggers)
                .UseNpgsql(PostgresConnectionString(options))
                .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
                .Options;
            return () => new PostgresHostDbContext(postgres);
        }

        var sqlite = new DbContextOptionsBuilder<SqliteHostDbContext>()
            .UseLoggerFactory(loggers)
            .UseSqlite(SqliteConnectionString(options))
            .AddInterceptors(new SqlitePragmas())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .Options;
        return () => new SqliteHostDbContext(sqlite);
    }

    private static string SqliteConnectionString(DataOptions options)
    {
        var builder = ReadConnectionString(() => new SqliteConnectionStringBuilder(options.ConnectionString ?? ""));
        if (builder.DataSource.Length == 0)
        {
            builder.DataSource = options.PathOf("mtasts.db");
        }

        // The driver tries on against another process's lock for as long; its own 30 seconds would keep callers hanging.
        if (!builder.ShouldSerialize("Default Timeout"))
        {
            builder.DefaultTimeout = 5;
        }

        // Never ReadWriteCreate: a database that was moved away would come back empty, and an empty store serves nothing.
        builder.Mode = SqliteOpenMode.ReadWrite;

        return builder.ToString();
    }

    // A store that is away must be noticed in seconds, not in the driver's 15 + 30; what the operator sets comes later in the string and wins.
    private static string PostgresConnectionString(DataOptions options) =>
        ReadConnectionString(() => new NpgsqlConnectionStringBuilder($"Timeout=5;Command Timeout=10;{options.ConnectionString}")).ToString();

    private static T ReadConnectionString<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw new SettingsException($"ConnectionStrings:Store cannot be read: {exception.Message}");
        }
    }
}
