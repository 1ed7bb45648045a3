using Microsoft.AspNetCore.Http.Features;
using MtaSts.Host.Access;
using MtaSts.Host.Api;

namespace MtaSts.Host.Operations;

/// <summary>What every request of the Admin endpoint passes before its handler.</summary>
internal static class AdminPipeline
{
    private const string ApiPath = "/api/v1";
    private const long LargestBody = 1024 * 1024;

    /// <summary><paramref name="mapApi"/> maps the routes below /api/v1.</summary>
    public static void UseAdmin(this IApplicationBuilder admin, Action<IEndpointRouteBuilder> mapApi)
    {
        admin.UseMiddleware<ApiErrors>();
        admin.Use(RaiseBodyLimitAsync);
        admin.Use(RefuseZeroBytesAsync);
        admin.UseOpenApiPage();
        admin.UseOpenTelemetryPrometheusScrapingEndpoint();
        admin.UseWhen(context => context.Request.Path.StartsWithSegments(ApiPath), api => api.UseAccess());
        admin.Use(DescribeEmptyErrorsAsync);
        admin.UseRouting();
        admin.UseEndpoints(routes =>
        {
            Health.Map(routes);
            mapApi(routes.MapGroup(ApiPath));
        });
        // Nothing matched: without this the branch would end in the 404 of the whole server, which is not described either.
        admin.Run(Listeners.ListenersSetup.NotFound);
    }

    // The server's own limit is the tight one of the other endpoints.
    private static Task RaiseBodyLimitAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = LargestBody;
        }

        return next(context);
    }

    // PostgreSQL's text knows no zero byte, and no name that we keep has one: such a path or query finds nothing on both providers.
    private static Task RefuseZeroBytesAsync(HttpContext context, RequestDelegate next)
    {
        var holdsZero = context.Request.Path.Value!.Contains('\0', StringComparison.Ordinal)
            || context.Request.Query.Any(parameter => parameter.Value.ToString().Contains('\0', StringComparison.Ordinal));
        return holdsZero ? NothingHere().WriteAsync(context) : next(context);
    }

    /// <summary>Routing answers 404 and 405 without a word; callers get problem details there too.</summary>
    private static async Task DescribeEmptyErrorsAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response is { HasStarted: false, ContentType: null })
        {
            switch (context.Response.StatusCode)
            {
                case StatusCodes.Status404NotFound:
                    await NothingHere().WriteAsync(context);
                    break;
                case StatusCodes.Status405MethodNotAllowed:
                    await new ApiProblem(StatusCodes.Status405MethodNotAllowed, "method.not_allowed", $"{context.Request.Method} is not possible here; see Allow.").WriteAsync(context);
                    break;
            }
        }
    }

    private static ApiProblem NothingHere() => ApiProblem.NotFound("route.not_found", "There is nothing at this address.");
}
