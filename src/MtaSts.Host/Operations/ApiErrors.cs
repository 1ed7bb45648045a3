using MtaSts.Host.Api;
using MtaSts.Host.Data;

namespace MtaSts.Host.Operations;

/// <summary>The error page of the API: a store that is away is 503, a mistake of ours 500 without details; both as problem details.</summary>
internal sealed partial class ApiErrors(StoreHealth store, ILogger<ApiErrors> logger) : IMiddleware
{
    // The loader looks every second, so a store that came back is noticed by then.
    private const string RetryAfterSeconds = "5";

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller hung up; there is nobody to answer.
        }
        catch (BadHttpRequestException exception) when (!context.Response.HasStarted)
        {
            await new ApiProblem(exception.StatusCode, "request.invalid", exception.Message).WriteAsync(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted && StoreFaults.IsAway(exception))
        {
            if (store.Failed(exception))
            {
                Log.StoreAway(logger, StoreFaults.Describe(exception));
            }

            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await new ApiProblem(
                StatusCodes.Status503ServiceUnavailable,
                "store.away",
                "The store is away; policies are served on. Come again after Retry-After.").WriteAsync(context);
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            Log.Failed(logger, exception, context.Request.Method, context.Request.Path);
            await new ApiProblem(StatusCodes.Status500InternalServerError, "internal", "Something went wrong here; the log has more.").WriteAsync(context);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(600, LogLevel.Warning, "The API answers 503, the store is away: {Reason}")]
        public static partial void StoreAway(ILogger logger, string reason);

        [LoggerMessage(601, LogLevel.Error, "A {Method} of {Path} failed")]
        public static partial void Failed(ILogger logger, Exception exception, string method, string path);
    }
}
