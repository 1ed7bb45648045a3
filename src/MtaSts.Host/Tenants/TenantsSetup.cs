using MtaSts.Host.Api;

namespace MtaSts.Host.Tenants;

internal static class TenantsSetup
{
    public static IServiceCollection AddTenants(this IServiceCollection services) => services.AddContracts(TenantsJson.Default).AddSingleton<TenantEditor>();

    public static void MapTenants(this IEndpointRouteBuilder api) => TenantsApi.Map(api);
}
