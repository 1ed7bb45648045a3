using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Import;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts import-certificates PATH`: brings certificates of another program along, so that a move orders nothing anew.</summary>
internal static class ImportCertificatesCommand
{
    private const int LongestPassword = 4096;

    public static Command Create(string[] settings)
    {
        var path = new Argument<string>("PATH") { Description = "A folder, or one file: PEM or PKCS#12 files, certbot's /etc/letsencrypt, the storage of Caddy or lego, or what LettuceEncrypt keeps." };
        var format = new Option<ImportFormat>("--format")
        {
            Description = "How PATH is laid out; auto looks at its folders.",
            HelpName = "auto|pem|pfx|certbot|caddy|lettuceencrypt",
            CustomParser = argument =>
            {
                if (Enum.TryParse<ImportFormat>(argument.Tokens.SingleOrDefault()?.Value, ignoreCase: true, out var parsed) && Enum.IsDefined(parsed) && !char.IsAsciiDigit(argument.Tokens[0].Value[0]))
                {
                    return parsed;
                }

                argument.AddError("--format must be auto, pem, pfx, certbot, caddy or lettuceencrypt.");
                return default;
            },
        };
        var password = new Option<string?>("--password-file") { Description = "File with the password of PKCS#12 files and encrypted keys in its first line.", HelpName = "FILE" };
        var issuers = new Option<string?>("--issuers") { Description = "PEM file with intermediate certificates that are not in PATH; LettuceEncrypt keeps none.", HelpName = "FILE" };
        var replace = new Option<bool>("--replace") { Description = "Also take a certificate that ends before the stored one." };
        var dry = new Option<bool>("--dry-run") { Description = "Say what would be done and change nothing." };
        var command = new Command(
            "import-certificates", $"Brings certificates and their keys into the store, for all policy hosts that they name, also while the service runs. Exit code: 0 done, 1 something could not be imported, 2 usage. {SettingArguments.ShortHelp}")
        {
            path, format, password, issuers, replace, dry, LintCommand.Json,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            settings,
            new Order(parsed.GetRequiredValue(path), parsed.GetValue(format), parsed.GetValue(password), parsed.GetValue(issuers), parsed.GetValue(replace), parsed.GetValue(dry), parsed.GetValue(LintCommand.Json)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, Order order, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings);
        if (services.GetRequiredService<IOptions<CertificatesOptions>>().Value.Source == CertificateSource.LocalCa)
        {
            StandardError.Complain("Certificates:Source is LocalCa, and the local CA would put its own certificates in the place of imported ones: set it to Acme first.");
            return ExitCodes.Usage;
        }

        var faults = new List<ImportFault>();
        var (password, issuers, refusals) = ReadInputs(order);
        var folder = ImportFolder.Open(order.Path, order.Format, faults, out var refusal);
        refusals = refusal is null ? refusals : [refusal, .. refusals];
        if (refusals.Count > 0)
        {
            refusals.ForEach(StandardError.Complain);
            return ExitCodes.Usage;
        }

        var store = services.GetRequiredService<Store>();
        await StoreStart.RefuseLostStoreAsync(store, services.GetRequiredService<NodeIdentity>(), cancellationToken);
        await StoreMigrator.CreateSchemaAsync(store, cancellationToken);
        var findings = ImportReading.Read(folder!, faults, issuers, password, services.GetRequiredService<TimeProvider>().GetUtcNow(), cancellationToken);
        try
        {
            var results = await services.GetRequiredService<CertificateImport>().RunAsync(findings.Candidates, order.MayReplace, order.IsDry, cancellationToken);
            ImportText.Write(Console.Out, findings, results, order.IsDry, order.IsJson);
            return findings.Faults.Count > 0 || results.Any(result => result.Outcome == ImportOutcome.Failed) ? ExitCodes.No : ExitCodes.Yes;
        }
        finally
        {
            foreach (var candidate in findings.Candidates)
            {
                CryptographicOperations.ZeroMemory(candidate.Pkcs8);
            }
        }
    }

    private static (string? Password, X509Certificate2Collection Issuers, List<string> Refusals) ReadInputs(Order order)
    {
        string? password = null;
        var issuers = new X509Certificate2Collection();
        var refusals = new List<string>();
        try
        {
            if (order.PasswordFile is not null)
            {
                using var reader = new StreamReader(order.PasswordFile);
                var buffer = new char[LongestPassword];
                password = new string(buffer, 0, reader.ReadBlock(buffer)).Split('\n')[0].TrimEnd('\r');
            }

            if (order.IssuersFile is not null)
            {
                issuers.ImportFromPemFile(order.IssuersFile);
                if (issuers.Count == 0)
                {
                    refusals.Add($"{order.IssuersFile} holds no certificate in PEM.");
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            refusals.Add($"A file cannot be read: {exception.Message}");
        }

        return (password, issuers, refusals);
    }

    private sealed record Order(string Path, ImportFormat Format, string? PasswordFile, string? IssuersFile, bool MayReplace, bool IsDry, bool IsJson);
}
