using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.Policies;

/// <summary>
/// GET and HEAD /.well-known/mta-sts.txt (RFC 8461 §3.2, §3.3): the last middleware of the Policy endpoint. Reads memory only. The order
/// of the refusals is the contract's: Host, path, method, body, policy.
/// </summary>
internal static class PolicyEndpoint
{
    /// <summary>A request with this header is told in the same header which node answers: nodes ask each other, through addresses that several machines may have.</summary>
    public const string NodeHeader = "MtaSts-Node";

    private const string PolicyPath = "/.well-known/mta-sts.txt";

    private static readonly StringValues PlainText = "text/plain; charset=utf-8";
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues AllowedMethods = "GET, HEAD";
    // RFC 8461 §8.2: an endpoint that may stand behind a customer's proxy lets it keep the text a minute, no longer.
    private static readonly StringValues OneMinute = "max-age=60";
    private static readonly StringValues NoStore = "no-store";

    private static readonly byte[] WrongHost = "This connection was opened for another host name.\n"u8.ToArray();
    private static readonly byte[] NoPage = "Only /.well-known/mta-sts.txt is here.\n"u8.ToArray();
    private static readonly byte[] WrongMethod = "Only GET and HEAD are answered here.\n"u8.ToArray();
    private static readonly byte[] NoBody = "A request for a policy has no body.\n"u8.ToArray();
    private static readonly byte[] NoPolicy = "There is no MTA-STS policy for this host.\n"u8.ToArray();

    public static Task Answer(HttpContext context, PublishedPolicies policies, string node)
    {
        if (context.Request.Headers.ContainsKey(NodeHeader))
        {
            context.Response.Headers[NodeHeader] = node;
        }

        if (HasBody(context))
        {
            CloseAfterAnswer(context);
        }

        var request = context.Request;
        var host = HostHeader.WithoutPortAndDot(request.Headers.Host.ToString());
        if (!host.Equals(ServerName(context), StringComparison.OrdinalIgnoreCase))
        {
            return RefuseAsync(context, StatusCodes.Status421MisdirectedRequest, WrongHost);
        }

        // Both are compared byte by byte: PathString and HttpMethods would take them in any case.
        if (!string.Equals(request.Path.Value, PolicyPath, StringComparison.Ordinal))
        {
            return RefuseAsync(context, StatusCodes.Status404NotFound, NoPage);
        }

        if (request.Method is not ("GET" or "HEAD"))
        {
            context.Response.Headers.Allow = AllowedMethods;
            return RefuseAsync(context, StatusCodes.Status405MethodNotAllowed, WrongMethod);
        }

        if (HasBody(context))
        {
            return RefuseAsync(context, StatusCodes.Status400BadRequest, NoBody);
        }

        if (!policies.TryGetByHost(host, out var policy))
        {
            return RefuseAsync(context, StatusCodes.Status404NotFound, NoPolicy);
        }

        // Conditional and Range headers are not looked at: RFC 8461 §3.3 takes nothing but 200, and not 206 or 304.
        context.Response.Headers.CacheControl = OneMinute;
        context.Response.Headers.ETag = policy.ETag;
        return WriteAsync(context, policy.Body);
    }

    private static Task RefuseAsync(HttpContext context, int status, byte[] text)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = NoStore;
        return WriteAsync(context, text);
    }

    private static Task WriteAsync(HttpContext context, byte[] text)
    {
        var response = context.Response;
        response.Headers.ContentType = PlainText;
        response.Headers.XContentTypeOptions = NoSniff;
        response.ContentLength = text.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.BodyWriter.WriteAsync(text, context.RequestAborted).AsTask();
    }

    private static ReadOnlySpan<char> ServerName(HttpContext context) => context.Features.Get<ListenerConnection>()?.ServerName;

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true;

    // HTTP/1.1 by its header; HTTP/2 knows no such header and gets a GOAWAY.
    private static void CloseAfterAnswer(HttpContext context)
    {
        if (HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
        else
        {
            context.Response.Headers.Connection = "close";
        }
    }
}
