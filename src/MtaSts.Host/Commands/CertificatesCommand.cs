using System.CommandLine;
using MtaSts.Host.Api;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Data;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts certificates`: the list and the summary of the API as a table for people, straight from the store, also while the service is down.</summary>
internal static class CertificatesCommand
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000_000;

    // One look at the store.
    private const int PageSize = 500;

    public static Command Create(string[] settings)
    {
        var state = new Option<string?>("--state") { Description = $"Only those whose issuing or whose certificate is in this state: {string.Join(", ", CertificateWords.All)}.", HelpName = "STATE" };
        state.Validators.Add(option =>
        {
            if (option.GetValueOrDefault<string?>() is { } word && !CertificateWords.All.Contains(word))
            {
                option.AddError($"--{CertificateList.FilterHelp}");
            }
        });
        var limit = new Option<int>("--limit") { Description = $"So many lines at most; {DefaultLimit} when left out.", HelpName = "N", DefaultValueFactory = _ => DefaultLimit };
        limit.Validators.Add(option =>
        {
            if (!option.Errors.Any() && option.GetValueOrDefault<int>() is < 1 or > MaxLimit)
            {
                option.AddError($"--limit must be 1 to {MaxLimit}.");
            }
        });
        var json = new Option<bool>("--json") { Description = "Print one JSON object: summary, items and next, as the API answers them." };
        var command = new Command("certificates", $"Shows the certificates of all policy hosts and how their renewals do. {SettingArguments.ShortHelp}") { state, limit, json };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(settings, parsed.GetValue(state), parsed.GetValue(limit), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, string? state, int limit, bool json, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings, OverviewSetup.AddCertificateCommands);
        var store = services.GetRequiredService<Store>();
        await StoreStart.RefuseLostStoreAsync(store, services.GetRequiredService<NodeIdentity>(), cancellationToken);
        await StoreMigrator.RequireSchemaAsync(store, cancellationToken);
        var report = await ReadAsync(services, state, limit, cancellationToken);
        if (json)
        {
            Console.WriteLine(CertificatesJsonText.Of(report));
        }
        else
        {
            // A terminal that does not tell its width says 0.
            CertificateTable.Write(Console.Out, report, !Console.IsOutputRedirected && Console.WindowWidth is > 0 and var width ? width : null);
        }

        return ExitCodes.Yes;
    }

    private static async Task<CertificatesReport> ReadAsync(IServiceProvider services, string? state, int limit, CancellationToken cancellationToken)
    {
        var list = services.GetRequiredService<CertificateList>();
        var items = new List<CertificateItem>();
        string? next = null;
        do
        {
            var page = await list.ReadAsync(state, new Paging(Math.Min(PageSize, limit - items.Count), items.Count == 0 ? null : items[^1].Host), cancellationToken);
            items.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null && items.Count < limit);

        return new CertificatesReport(await services.GetRequiredService<CertificateSummaries>().ReadAsync(cancellationToken), items, next);
    }
}
