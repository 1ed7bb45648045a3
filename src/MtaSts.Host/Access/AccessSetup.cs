using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;

namespace MtaSts.Host.Access;

internal static class AccessSetup
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<AccessOptions, AccessOptionsValidator>()
            .BindConfiguration("Access")
            // Composed environments pass an empty string for what is not set.
            .PostConfigure(options => options.InitialKey = string.IsNullOrEmpty(options.InitialKey) ? null : options.InitialKey);
        services.AddContracts(AccessJson.Default);
        services.AddSingleton<ApiKeyEditor>();
        services.AddHostedService<InitialKey>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<Microsoft.AspNetCore.RateLimiting.RateLimiterOptions>().Configure<IOptions<AccessOptions>>((limiter, access) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context =>
                RateLimitPartition.GetFixedWindowLimiter(PartitionOf(context), _ => new FixedWindowRateLimiterOptions
                {
                    PermitLimit = access.Value.RequestsPerMinute,
                    Window = TimeSpan.FromMinutes(1),
                }));
            limiter.OnRejected = (rejected, _) =>
            {
                var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromMinutes(1);
                rejected.HttpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return new ValueTask(new ApiProblem(StatusCodes.Status429TooManyRequests, "rate.exceeded", "Too many requests with this key; come again after Retry-After.").WriteAsync(rejected.HttpContext));
            };
        });
        return services;
    }

    /// <summary>Who calls, then how often, then whether he may at all: guessing keys is limited per address.</summary>
    public static void UseAccess(this IApplicationBuilder api)
    {
        api.Use(ApiKeyAuthentication.IdentifyAsync);
        api.UseRateLimiter();
        api.Use(ApiKeyAuthentication.RequireCallerAsync);
    }

    public static void MapAccess(this IEndpointRouteBuilder api) => ApiKeysApi.Map(api);

    private static string PartitionOf(HttpContext context) =>
        context.Features.Get<Caller>() is { } caller ? $"key:{caller.KeyId}" : $"address:{context.Connection.RemoteIpAddress}";
}
