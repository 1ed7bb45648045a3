using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using MtaSts.Acme;
using MtaSts.Host.Access;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Acme;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts acme`: our accounts at the CAs, for whoever has the machine. The service may run meanwhile.</summary>
internal static class AcmeCommand
{
    private static readonly CaRole[] Roles = [CaRole.Main, CaRole.Fallback, CaRole.Staging];

    public static Command Create(string[] settings) => new("acme", "Shows and changes the accounts at the CAs that certificates come from.")
    {
        Sub(settings, "account", "Shows our account at each CA: its address, its state and why it cannot be used.", null, ShowAsync),
        Sub(settings, "new-key", "Gives the account a new key (RFC 8555, section 7.3.5); the account stays the same.", CaRole.Main, ChangeKeyAsync),
        Sub(settings, "new-account", "Makes another account with a new key in the place of the one that is there. CAA records that name the old one (RFC 8657) must be changed.", CaRole.Main, ReplaceAsync),
    };

    private static Command Sub(string[] settings, string name, string description, CaRole? otherwise, Func<IServiceProvider, CaRole?, CancellationToken, Task<int>> run)
    {
        var words = string.Join("|", Roles.Select(CertificateWords.Of));
        var ca = new Option<CaRole?>("--ca")
        {
            Description = otherwise is null ? "Only at this CA." : "At which CA; main when left out.",
            HelpName = words,
            CustomParser = argument =>
            {
                var word = argument.Tokens.SingleOrDefault()?.Value;
                foreach (var role in Roles.Where(role => CertificateWords.Of(role) == word))
                {
                    return role;
                }

                argument.AddError($"--ca must be {words.Replace("|", ", ", StringComparison.Ordinal)}.");
                return null;
            },
        };
        var command = new Command(name, $"{description} {SettingArguments.ShortHelp}") { ca };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var services = StoreServices.Build(settings, OverviewSetup.AddCertificateCommands);
            var store = services.GetRequiredService<Store>();
            if (services.GetRequiredService<IOptions<CertificatesOptions>>().Value.Source != CertificateSource.Acme)
            {
                StandardError.Complain("Certificates:Source is not Acme; there is no CA and no account.");
                return ExitCodes.Usage;
            }

            var role = parsed.GetValue(ca) ?? otherwise;
            if (role is not null && !services.GetRequiredService<CaChoice>().Has(role.Value))
            {
                StandardError.Complain($"The settings name no {CertificateWords.Of(role.Value)} CA.");
                return ExitCodes.Usage;
            }

            await StoreStart.RefuseLostStoreAsync(store, services.GetRequiredService<NodeIdentity>(), cancellationToken);
            await StoreMigrator.RequireSchemaAsync(store, cancellationToken);
            return await run(services, role, cancellationToken);
        });
        return command;
    }

    private static async Task<int> ShowAsync(IServiceProvider services, CaRole? only, CancellationToken cancellationToken)
    {
        var accounts = services.GetRequiredService<AcmeAccounts>();
        var choice = services.GetRequiredService<CaChoice>();
        foreach (var role in choice.Roles.Where(role => only is null || role == only))
        {
            var directory = choice.DirectoryOf(role);
            Console.WriteLine($"{CertificateWords.Of(role)}: {directory}");
            if (await accounts.FindAsync(directory, cancellationToken) is not { } account)
            {
                Console.WriteLine("  account: none yet; it is made with the first order");
                continue;
            }

            Console.WriteLine($"  account: {account.AccountUrl ?? "not confirmed by the CA yet"}");
            Console.WriteLine($"  state:   {CertificateWords.Of(account.State)}, since {Time(account.Since)}");
            if (account.Reason is { } reason)
            {
                Console.WriteLine($"  reason:  {string.Concat(reason.Select(character => char.IsControl(character) ? ' ' : character))}");
            }

            Console.WriteLine($"  terms:   {account.TermsOfService ?? "none"}");
            Console.WriteLine($"  made:    {Time(account.CreatedAt)}");
            if (account.SealedNextKey is not null)
            {
                Console.WriteLine("  key:     being changed");
            }
        }

        return ExitCodes.Yes;
    }

    private static Task<int> ChangeKeyAsync(IServiceProvider services, CaRole? role, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        var (ca, accounts) = Of(services, role!.Value);
        await accounts.ChangeKeyAsync(ca, cancellationToken);
        await AuditAsync(services, "acme.new-key", ca.Directory, null);
        Console.WriteLine($"The account {(await accounts.FindAsync(ca.Directory, CancellationToken.None))?.AccountUrl} has a new key.");
    });

    private static Task<int> ReplaceAsync(IServiceProvider services, CaRole? role, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        var (ca, accounts) = Of(services, role!.Value);
        var before = await accounts.FindAsync(ca.Directory, cancellationToken);
        var account = await accounts.ReplaceAsync(ca, cancellationToken);
        await AuditAsync(services, "acme.new-account", ca.Directory, account.Url.AbsoluteUri);
        Console.WriteLine($"The account at {ca.Directory} is now {account.Url}.");
        if (before?.AccountUrl is { } old)
        {
            Console.WriteLine($"CAA records with accounturi={old} must be changed to accounturi={account.Url} (RFC 8657).");
        }
    });

    private static (CertificateAuthority Ca, AcmeAccounts Accounts) Of(IServiceProvider services, CaRole role) =>
        (services.GetRequiredService<CertificateAuthorities>().Of(role), services.GetRequiredService<AcmeAccounts>());

    // The deed is done at the CA: whatever happens now, it is written down.
    private static Task<bool> AuditAsync(IServiceProvider services, string action, string directory, string? detail) =>
        services.GetRequiredService<Store>().WriteAsync(
            write =>
            {
                write.Audit(ApiKeyEditor.CommandActor, action, directory.Length <= 300 ? directory : directory[..300], detail);
                return Task.FromResult(true);
            },
            CancellationToken.None);

    private static async Task<int> TryAsync(Func<Task> deed)
    {
        try
        {
            await deed();
            return ExitCodes.Yes;
        }
        catch (Exception exception) when (exception is AcmeException or AccountUnusableException)
        {
            StandardError.Complain(exception.Message);
            return ExitCodes.No;
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
