using MtaSts.Host.Api;

namespace MtaSts.Host.Lint;

internal static class LintSetup
{
    public static IServiceCollection AddLint(this IServiceCollection services) => services.AddContracts(LintJson.Default);

    public static void MapLint(this IEndpointRouteBuilder api) => LintApi.Map(api);
}
