using System.CommandLine;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.Domains;
using MtaSts.Host.Lookups;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts records`: what the API answers for a domain's DNS records, straight from the store and from DNS, also while the service is down. It writes nothing.</summary>
internal static class RecordsCommand
{
    private const string Json = "json";

    public static Command Create(string[] settings)
    {
        var domain = new Argument<string>("DOMAIN") { Description = "The domain, such as example.com." };
        var tenant = new Option<string?>("--tenant") { Description = "Whose, where several tenants hold the name while it waits for its proof.", HelpName = "TENANT" };
        var format = new Option<string?>("--format") { Description = $"Print what the domain's owner has to set for his tools ({string.Join(", ", RecordFormats.All)}), or everything as {Json}.", HelpName = "FORMAT" };
        format.Validators.Add(option =>
        {
            if (option.GetValueOrDefault<string?>() is { } word && word != Json && !RecordFormats.All.Contains(word))
            {
                option.AddError($"--format must be one of {string.Join(", ", RecordFormats.All)}, {Json}.");
            }
        });
        var command = new Command("records", $"Shows the DNS records of a domain, looks at them, and says how wrong ones are wrong. {SettingArguments.ShortHelp}") { domain, tenant, format };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(settings, parsed.GetValue(domain)!, parsed.GetValue(tenant), parsed.GetValue(format), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, string name, string? tenant, string? format, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings, more => more.AddLookups().AddCustomerRecordCommands());
        var store = services.GetRequiredService<Store>();
        await StoreStart.RefuseLostStoreAsync(store, services.GetRequiredService<NodeIdentity>(), cancellationToken);
        await StoreMigrator.RequireSchemaAsync(store, cancellationToken);
        var (row, exitCode) = await FindAsync(store, name, tenant, cancellationToken);
        if (row is null)
        {
            return exitCode;
        }

        var records = services.GetRequiredService<DomainRecords>();
        if (format is not null and not Json)
        {
            var (customer, wanted) = await records.WantedAsync(row, cancellationToken);
            Console.Write(RecordFormats.Write(format, customer, wanted));
            return ExitCodes.Yes;
        }

        var items = await records.ReadAsync(row, isKept: false, cancellationToken);
        if (format == Json)
        {
            Console.WriteLine(RecordsJsonText.Of(items));
        }
        else
        {
            RecordTable.Write(Console.Out, $"{row.Name} of {row.Tenant!.Name}, {DomainResources.Word(row.State)}", items);
        }

        return ExitCodes.Yes;
    }

    private static async Task<(HostedDomain? Row, int ExitCode)> FindAsync(Store store, string name, string? tenant, CancellationToken cancellationToken)
    {
        if (!MailDomain.TryParse(name, out var domain, out var error))
        {
            StandardError.Complain(error.Message);
            return (null, ExitCodes.Usage);
        }

        await using var db = store.Open();
        var rows = await db.Domains.Include(row => row.Tenant).Where(row => row.Name == domain.Name && (tenant == null || row.Tenant!.Name == tenant)).ToListAsync(cancellationToken);
        if (rows.Find(row => row.IsServed) is { } served)
        {
            return (served, ExitCodes.Yes);
        }

        if (rows.Count == 1)
        {
            return (rows[0], ExitCodes.Yes);
        }

        StandardError.Complain(rows.Count == 0 ? $"There is no domain {domain}{(tenant is null ? "" : $" of {tenant}")}." : $"Several tenants hold {domain} while it waits for its proof; choose one with --tenant.");
        return (null, rows.Count == 0 ? ExitCodes.No : ExitCodes.Usage);
    }
}
