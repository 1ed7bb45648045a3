using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.Nodes;
using MtaSts.Host.Policies;
using Xunit;

namespace MtaSts.Host.Tests.DnsRecords.Gate;

/// <summary>What tests of the gate ask of a service. Each service has a clock of its own: one that stands still neither loads what others write nor beats, and serves on.</summary>
internal static class Gates
{
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static T Get<T>(this HostApp app)
        where T : notnull => app.Services.GetRequiredService<T>();

    public static string NodeName(this HostApp app) => app.Get<NodeIdentity>().Name;

    public static async Task<HostedDomain> RowAsync(this HostApp app, string domain)
    {
        await using var db = app.Get<Store>().Open();
        return await db.Domains.SingleAsync(row => row.Name == domain, Cancel);
    }

    /// <summary>What the gate says of the domain's present revision.</summary>
    public static async Task<GateHold?> HoldAsync(this HostApp app, string domain)
    {
        var row = await app.RowAsync(domain);
        return (await app.Get<ServingGate>().LookAsync([row.Id], Cancel)).Of(row.Id, row.Revision);
    }

    /// <summary>Waits until the gate says so; the clock of <paramref name="moving"/> goes on meanwhile.</summary>
    public static async Task HoldsAsync(this HostApp app, string domain, string? code, HostApp? moving = null)
    {
        GateHold? last = null;
        await Eventually.TrueAsync(
            async () =>
            {
                moving?.Clock.Advance(Look);
                return (last = await app.HoldAsync(domain))?.Code == code;
            },
            () => $"{domain} is held by {code ?? "nothing"}, not by {last}");
    }

    public static Task OpensAsync(this HostApp app, string domain, HostApp? moving = null) => app.HoldsAsync(domain, null, moving);

    public static int VersionOf(this HostApp app, string domain) => app.Get<PublishedPolicies>().TryGet(domain, out var policy) ? policy.Version : 0;

    public static async Task<NodeHeartbeat?> HeartbeatAsync(this HostApp app, string node)
    {
        await using var db = app.Get<Store>().Open();
        return await db.NodeHeartbeats.SingleOrDefaultAsync(row => row.Node == node, Cancel);
    }

    public static async Task<List<NodeFault>> FaultsAsync(this HostApp app)
    {
        await using var db = app.Get<Store>().Open();
        return await db.NodeFaults.OrderBy(row => row.DomainId).ToListAsync(Cancel);
    }

    public static async Task<PolicyVersion> VersionAsync(this HostApp app, string domain, int number)
    {
        await using var db = app.Get<Store>().Open();
        return await db.PolicyVersions.SingleAsync(row => row.Domain!.Name == domain && row.Number == number, Cancel);
    }

    public static async Task HealthIsDegradedByAsync(this HostApp app, string part)
    {
        ApiAnswer? last = null;
        await Eventually.TrueAsync(
            async () =>
            {
                app.Clock.Advance(Look);
                last = await app.Admin.GetAnswerAsync("/healthz/ready");
                return last.Json.GetProperty("why").EnumerateArray().Any(why => why.GetProperty("part").GetString() == part);
            },
            () => $"health is degraded by {part}, not {last?.Text}");
    }

    /// <summary>Ends the service as a kill would: its row stays.</summary>
    public static async Task<NodeHeartbeat> KillAsync(this HostApp app, HostApp witness)
    {
        var row = (await witness.HeartbeatAsync(app.NodeName()))!;
        await app.DisposeAsync();
        await witness.Get<Store>().WriteAsideAsync(
            db =>
            {
                db.NodeHeartbeats.Add(row);
                return Task.CompletedTask;
            },
            Cancel);
        return row;
    }
}
