using Microsoft.Extensions.Options;

namespace MtaSts.Host.Lookups;

/// <summary>Section `Dns`.</summary>
internal sealed class DnsOptions
{
    /// <summary>`host[:port]`, by comma: who answers all look-ups; empty: the system's resolvers.</summary>
    public string Resolvers { get; set; } = "";

    internal static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal sealed class DnsOptionsValidator : IValidateOptions<DnsOptions>
{
    public ValidateOptionsResult Validate(string? name, DnsOptions options)
    {
        var faults = DnsOptions.Split(options.Resolvers)
            .Where(text => !ServerAddress.TryParse(text, out _))
            .Select(text => $"Dns:Resolvers holds \"{text}\"; it must be host[:port], several by comma, such as \"127.0.0.1, [2001:db8::53]:5353\".")
            .ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
