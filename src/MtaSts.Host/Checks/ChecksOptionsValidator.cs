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

        if (options.Every < TimeSpan.FromMinutes(10) || options.Every > TimeSpan.FromDays(30))
        {
            faults.Add("Checks:Every must be from 00:10:00 to 30.00:00:00.");
        }

        if (options.EveryWhileWrong < TimeSpan.FromMinutes(5) || options.EveryWhileWrong > options.Every)
        {
            faults.Add("Checks:EveryWhileWrong must be from 00:05:00 to Checks:Every.");
        }

        if (options.AtOnce is < 0 or > 1000)
        {
            faults.Add("Checks:AtOnce must be from 0 to 1000.");
        }

        if (options.KeepEvents < TimeSpan.FromDays(1) || options.KeepEvents > TimeSpan.FromDays(3660))
        {
            faults.Add("Checks:KeepEvents must be from 1.00:00:00 to 3660.00:00:00.");
        }

        if (options.EhloName.Length > 0 && (!MailDomain.TryParse(options.EhloName, out var ehlo, out _) || ehlo.Name != options.EhloName || !ehlo.Name.Contains('.', StringComparison.Ordinal)))
        {
            faults.Add("Checks:EhloName must be a host name with a dot, in lower-case A-labels.");
        }

        RootsFile.Check("Checks:TrustedRoots", options.TrustedRoots, faults);
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
