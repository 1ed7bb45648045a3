using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;

namespace MtaSts.Host.Access;

/// <summary>
/// `Authorization: Bearer KEY` -> <see cref="Caller"/>. A middleware of its own instead of ASP.NET Core's authorization, because the
/// contract wants visibility (404) judged before the role (403), and only a handler knows what is visible.
/// </summary>
internal static class ApiKeyAuthentication
{
    private const string Scheme = "Bearer ";

    /// <summary>Notes who calls. A missing or wrong key goes on without a caller: the rate limit comes first, <see cref="RequireCallerAsync"/> after it.</summary>
    public static async Task IdentifyAsync(HttpContext context, RequestDelegate next)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            var store = context.RequestServices.GetRequiredService<Store>();
            var clock = context.RequestServices.GetRequiredService<TimeProvider>();
            context.Features.Set(await FindAsync(store, header[Scheme.Length..].Trim(), clock.GetUtcNow(), context.RequestAborted));
        }

        await next(context);
    }

    public static Task RequireCallerAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<Caller>() is not null)
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return new ApiProblem(StatusCodes.Status401Unauthorized, "key.invalid", "Send a valid key in the header Authorization: Bearer KEY.").WriteAsync(context);
    }

    private static async Task<Caller?> FindAsync(Store store, string secret, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var hash = KeySecrets.Hash(secret);
        await using var db = store.Open();
        var key = await db.ApiKeys.Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Hash == hash, cancellationToken);

        // The index finds by hash, so its timing tells nothing about secrets; the last word is a comparison in constant time.
        return key is not null && CryptographicOperations.FixedTimeEquals(key.Hash, hash) && !(key.ExpiresAt <= now)
            ? new Caller(key.Id, key.Role, key.TenantId, key.Tenant?.Name)
            : null;
    }
}
