using MtaSts.Host.Api;

namespace MtaSts.Host.Audit;

internal static class AuditSetup
{
    public static IServiceCollection AddAudit(this IServiceCollection services) => services.AddContracts(AuditJson.Default);

    public static void MapAudit(this IEndpointRouteBuilder api) => AuditApi.Map(api);
}
