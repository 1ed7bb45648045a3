using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Access;

/// <summary>`POST /keys`, `POST /tenants/{name}/keys`. Expires never when <paramref name="ExpiresAt"/> is null.</summary>
internal sealed record CreateKeyRequest(string? Name, [property: OneOf("viewer", "editor", "admin")] string Role, DateTimeOffset? ExpiresAt);

/// <summary>A key as lists show it: never with its secret.</summary>
internal sealed record KeyResource(string Id, string Name, [property: OneOf("viewer", "editor", "admin")] string Role, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>The answer that shows the secret, this once.</summary>
internal sealed record CreatedKeyResource(string Id, string Name, [property: OneOf("viewer", "editor", "admin")] string Role, string Secret, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

[JsonSerializable(typeof(CreateKeyRequest))]
[JsonSerializable(typeof(CreatedKeyResource))]
[JsonSerializable(typeof(Page<KeyResource>))]
internal sealed partial class AccessJson : JsonSerializerContext;
