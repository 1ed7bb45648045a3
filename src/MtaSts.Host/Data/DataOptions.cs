using Microsoft.Extensions.Options;

namespace MtaSts.Host.Data;

internal enum DataProvider
{
    Sqlite,
    PostgreSql,
}

/// <summary>Section `Data`, with `ConnectionStrings:Store`.</summary>
internal sealed class DataOptions
{
    public DataProvider Provider { get; set; } = DataProvider.Sqlite;

    /// <summary>Absolute once the options are read; relative settings count from the working directory.</summary>
    public string Directory { get; set; } = "data";

    /// <summary>From `ConnectionStrings:Store`.</summary>
    public string? ConnectionString { get; set; }

    public string PathOf(string fileName) => Path.Combine(Directory, fileName);
}

internal sealed class DataOptionsValidator : IValidateOptions<DataOptions>
{
    public ValidateOptionsResult Validate(string? name, DataOptions options)
    {
        var faults = new List<string>();
        if (string.IsNullOrWhiteSpace(options.Directory))
        {
            faults.Add("Data:Directory is empty; name a folder for the database and the keys.");
        }

        if (!Enum.IsDefined(options.Provider))
        {
            faults.Add("Data:Provider must be Sqlite or PostgreSql.");
        }

        if (options.Provider == DataProvider.PostgreSql && string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            faults.Add("ConnectionStrings:Store is needed with Data:Provider=PostgreSql, such as \"Host=db;Database=mtasts;Username=mtasts\".");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
