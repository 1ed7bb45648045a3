using Microsoft.Extensions.Options;

namespace MtaSts.Host.Access;

/// <summary>Section `Access`.</summary>
internal sealed class AccessOptions
{
    public const int ShortestInitialKey = 32;

    /// <summary>Provider key of the first start; without it one is made and written to a file. A secret: never in the settings file.</summary>
    public string? InitialKey { get; set; }

    /// <summary>Per key; without a valid key per address.</summary>
    public int RequestsPerMinute { get; set; } = 6000;
}

internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var faults = new List<string>();
        if (options.InitialKey is { Length: < AccessOptions.ShortestInitialKey })
        {
            faults.Add($"Access:InitialKey must have {AccessOptions.ShortestInitialKey} characters or more.");
        }

        if (options.RequestsPerMinute < 1)
        {
            faults.Add("Access:RequestsPerMinute must be 1 or more.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
