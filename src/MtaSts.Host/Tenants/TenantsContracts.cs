using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Tenants;

/// <summary>`POST /tenants`. <paramref name="Name"/>: `[a-z0-9-]{1,63}`; <paramref name="DisplayName"/>: the name when left out.</summary>
internal sealed record CreateTenantRequest(string Name, string? DisplayName);

/// <summary>`PATCH /tenants/{name}`: the name itself stays.</summary>
internal sealed record PatchTenantRequest(string? DisplayName);

internal sealed record TenantResource(string Name, string DisplayName, DateTimeOffset CreatedAt);

[JsonSerializable(typeof(CreateTenantRequest))]
[JsonSerializable(typeof(PatchTenantRequest))]
[JsonSerializable(typeof(TenantResource))]
[JsonSerializable(typeof(Page<TenantResource>))]
internal sealed partial class TenantsJson : JsonSerializerContext;
