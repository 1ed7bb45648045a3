using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MtaSts.Host.Listeners;

internal static class ListenersSetup
{
    // Each endpoint has its own count: a flood of senders must not lock the operator out of the API.
    private static readonly Dictionary<Listener, int> ConnectionLimits = new()
    {
        [Listener.Policy] = 20_000,
        [Listener.Challenge] = 2_000,
        [Listener.Admin] = 2_000,
    };

    // RFC 8461 §3.3: a sender takes a minute at most for the whole fetch, and makes one request. Kestrel's own timeouts know no end for an HTTP/2
    // client that pings or never reads, so one stranger could hold all places.
    private static readonly TimeSpan LongestPolicyConnection = TimeSpan.FromMinutes(1);

    /// <summary>Kestrel's three named endpoints with their marks and limits; <paramref name="policyTls"/> adds TLS to the Policy endpoint.</summary>
    public static void AddListeners(this WebApplicationBuilder builder, Action<ListenOptions> policyTls)
    {
        builder.Services.AddOptionsWithValidateOnStart<PublicOptions, PublicOptionsValidator>().BindConfiguration("Public");
        builder.Services.AddSingleton<PolicyAddresses>();
        builder.Services.AddSingleton<ReadyHosts>();
        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            SetLimits(kestrel);
            // Fixed at start: a faulty edit of the settings file must not unbind an endpoint of a running service.
            var loader = kestrel.Configure(context.Configuration.GetSection("Kestrel"), reloadOnChange: false);
            loader.Endpoint(nameof(Listener.Policy), endpoint =>
            {
                Mark(endpoint.ListenOptions, Listener.Policy);
                endpoint.ListenOptions.ApplicationServices.GetRequiredService<PolicyAddresses>().Listen(endpoint.ListenOptions);
                policyTls(endpoint.ListenOptions);
            });
            loader.Endpoint(nameof(Listener.Challenge), endpoint => Mark(endpoint.ListenOptions, Listener.Challenge));
            loader.Endpoint(nameof(Listener.Admin), endpoint => Mark(endpoint.ListenOptions, Listener.Admin));
        });
    }

    /// <summary>A pipeline for the requests of one endpoint, chosen before any routing.</summary>
    public static void UseListener(this IApplicationBuilder app, Listener listener, Action<IApplicationBuilder> pipeline) =>
        app.MapWhen(context => context.Features.Get<ListenerConnection>()?.Listener == listener, pipeline);

    /// <summary>What no endpoint has marked, and what an endpoint does not know: 404, whatever the method and the Host header say.</summary>
    public static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // Kestrel knows these once for all endpoints; they are the tight ones of the Policy endpoint, which the whole world reaches.
    private static void SetLimits(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
        kestrel.Limits.MaxRequestLineSize = 4 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 50;
        // The API raises it by request; neither policies nor challenges take a body.
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 20;
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = 8 * 1024;
    }

    private static void Mark(ListenOptions options, Listener listener)
    {
        var limit = ConnectionLimits[listener];
        var open = 0;
        var clock = options.ApplicationServices.GetRequiredService<TimeProvider>();
        options.Use(next => async connection =>
        {
            if (Interlocked.Increment(ref open) > limit)
            {
                Interlocked.Decrement(ref open);
                connection.Abort();
                return;
            }

            var mark = new ListenerConnection(listener);
            connection.Features.Set(mark);
            using var life = listener == Listener.Policy ? clock.CreateTimer(End, connection, LongestPolicyConnection, Timeout.InfiniteTimeSpan) : null;
            try
            {
                await next(connection);
            }
            finally
            {
                mark.Close();
                Interlocked.Decrement(ref open);
            }
        });
    }

    private static void End(object? connection) =>
        ((ConnectionContext)connection!).Abort(new ConnectionAbortedException("A connection to the Policy endpoint lasts a minute at most."));
}
