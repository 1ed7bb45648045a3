using System.Text.Json.Serialization;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data;
using MtaSts.Host.DnsRecords.Comparison;
using MtaSts.Host.DnsRecords.Gate;
using MtaSts.Host.Nodes;
using MtaSts.Host.Notices;
using MtaSts.Host.Policies;

namespace MtaSts.Host.Operations;

/// <summary>
/// `/healthz/live` and `/healthz/ready`. Ready means that policies are being served: it stays 200 while the store is away, because a
/// load balancer that then takes the node out would turn a small outage into a large one.
/// </summary>
internal static class Health
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        var health = routes.MapGroup("/healthz").WithTags("Health");
        health.MapGet("/live", Live).WithSummary("The process lives").Produces<LiveAnswer>();
        health.MapGet("/ready", Ready).WithSummary("Policies are being served; says what is degraded").Produces<ReadyAnswer>().Produces<ReadyAnswer>(503);
    }

    private static IResult Live() => Results.Json(new LiveAnswer("live"));

    private static IResult Ready(ServedPosition served, PublishedPolicies policies, StoreHealth store, ServingStatus serving, CertificateWatch certificates, GateWatch gate, ZoneWatch zone, WatchStatus watch, NoticeWatch notices)
    {
        // The listeners open after the first load, so this is only for what may come between.
        if (served.Current is not { } position)
        {
            return Results.Json(new ReadyAnswer("starting", false, [], 0, null, null), statusCode: StatusCodes.Status503ServiceUnavailable);
        }

        var why = new List<Degradation>();
        if (store.Fault is { } fault)
        {
            why.Add(new Degradation("store", fault.Reason, fault.Since));
        }

        if (serving.WithoutCertificate() is { } waiting)
        {
            why.Add(new Degradation("certificates", $"{waiting.Count} policy hosts have no certificate yet", waiting.Since));
        }

        why.AddRange(certificates.Troubles().Concat(gate.Troubles()).Concat(zone.Troubles()).Concat(watch.Troubles()).Concat(notices.Troubles()).Select(trouble => new Degradation(trouble.Part, trouble.Reason, trouble.Since)));
        return Results.Json(
            new ReadyAnswer("ready", why.Count > 0, why, policies.Count, position.Epoch, position.Revision));
    }
}

internal sealed record LiveAnswer(string Status);

/// <summary>`epoch` and `revision`: what this node serves.</summary>
internal sealed record ReadyAnswer(string Status, bool Degraded, IReadOnlyList<Degradation> Why, int Policies, string? Epoch, long? Revision);

internal sealed record Degradation(string Part, string Reason, DateTimeOffset Since);

[JsonSerializable(typeof(LiveAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
