using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks;

internal sealed class ChecksOptionsValidator : IValidateOptions<ChecksOptions>
{
    public ValidateOptionsResult Validate(string? name, ChecksOptions options)
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(options.Guard))
        {
            faults.Add("Checks:Guard must be Refuse, Warn or Off.");
        }

        RootsFile.Check("Checks:TrustedRoots", options.TrustedRoots, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
