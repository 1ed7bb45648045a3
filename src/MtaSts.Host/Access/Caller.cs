using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Access;

/// <summary>Whose key the request carries.</summary>
/// <param name="KeyId">Public id of the key.</param>
/// <param name="Role">What it may do.</param>
/// <param name="TenantId">Null for a provider key.</param>
/// <param name="TenantName">Null for a provider key.</param>
internal sealed record Caller(string KeyId, ApiRole Role, int? TenantId, string? TenantName)
{
    public bool IsProvider => TenantId is null;

    /// <summary>How audit lines and versions name the caller.</summary>
    public string Actor => $"key:{KeyId}";

    public static Caller Of(HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("A route of the API was reached without a key.");
}
