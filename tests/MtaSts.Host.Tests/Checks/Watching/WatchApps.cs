using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Watching;

/// <summary>The watch of a service whose loops are switched off: a test runs the rounds.</summary>
internal static class WatchApps
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Store Store(this HostApp app) => app.Services.GetRequiredService<Store>();

    /// <summary>All that has changed.</summary>
    public static async Task TakeInAsync(this HostApp app)
    {
        var intake = app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<WatchIntake>().Single();
        while (await intake.TakeInAsync(Cancel) > 0)
        {
            // The next page.
        }
    }

    public static Task TidyAsync(this HostApp app) => app.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<WatchIntake>().Single().TidyAsync(Cancel);

    public static async Task<HostedDomain> RowAsync(this HostApp app, string domain = Reports.Domain)
    {
        await using var db = app.Store().Open();
        return await db.Domains.SingleAsync(row => row.Name == domain, Cancel);
    }

    /// <summary>A check of the domain that began now and found this.</summary>
    public static async Task RecordAsync(this HostApp app, string domain, params string[] findings)
    {
        var row = await app.RowAsync(domain);
        await app.RecordAsync(row.Id, row.Version, Reports.Of(app.Clock.GetUtcNow(), findings) with { Domain = domain });
    }

    public static Task RecordAsync(this HostApp app, long id, int version, CheckReport report) => app.Services.GetRequiredService<CheckRecording>().RecordAsync(id, version, report, isScheduled: true, Cancel);

    public static async Task<DomainWatch?> WatchAsync(this HostApp app, long id)
    {
        await using var db = app.Store().Open();
        return await db.DomainWatches.SingleOrDefaultAsync(row => row.DomainId == id, Cancel);
    }

    /// <summary>`Kind code` in their order.</summary>
    public static async Task<string[]> EventsAsync(this HostApp app, string domain = Reports.Domain)
    {
        await using var db = app.Store().Open();
        return [.. (await db.AdvisoryEvents.Where(told => told.Domain == domain).OrderBy(told => told.Id).ToListAsync(Cancel)).Select(told => $"{told.Kind} {told.Code}")];
    }

    /// <summary>Its state, for what no edit of the API brings about at once.</summary>
    public static async Task SetAsync(this HostApp app, string domain, DomainState state) => await app.Store().WriteAsync(
        async write =>
        {
            var row = await write.Db.Domains.SingleAsync(row => row.Name == domain, Cancel);
            (row.State, row.Revision) = (state, write.Revision);
            return 0;
        },
        Cancel);
}
