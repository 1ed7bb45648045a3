using Microsoft.Extensions.Options;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Notices.Mail;

internal sealed class MailOptionsValidator : IValidateOptions<MailOptions>
{
    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(options.Security))
        {
            faults.Add("Mail:Security must be StartTls, Tls or None.");
        }

        RootsFile.Check("Mail:TrustedRoots", options.TrustedRoots, faults);
        if (options.Server.Length > 0)
        {
            CheckServer(options, faults);
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static void CheckServer(MailOptions options, List<string> faults)
    {
        if (!ServerAddress.TryParse(options.Server, out _, options.DefaultPort))
        {
            faults.Add("Mail:Server must be host[:port], such as mail.example.com:587.");
        }

        if (MailAddresses.FindFault(options.From) is { } fault)
        {
            faults.Add($"Mail:From must be a mail address: {fault.Message}");
        }

        if (options.UserName.Length > 0 != !string.IsNullOrEmpty(options.Password))
        {
            faults.Add("Mail:UserName and Mail:Password belong together: set both or neither.");
        }

        if (options.UserName.Length > 0 && options.Security == MailSecurity.None)
        {
            faults.Add("Mail:Security is None: Mail:Password would go out in the clear.");
        }
    }
}
