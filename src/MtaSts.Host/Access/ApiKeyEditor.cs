using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Access;

/// <summary>The only writer of API keys.</summary>
internal sealed class ApiKeyEditor(Store store)
{
    /// <summary>How audit lines name `mtasts keys create`.</summary>
    public const string CommandActor = "command";

    // Each key has a rate of its own: without an end to their number the limit would be none.
    private const int MostKeys = 100;

    /// <summary>Makes a key; the secret is returned this once and stored nowhere. <paramref name="tenantName"/> null makes a provider key.</summary>
    public Task<(ApiKey? Key, string? Secret, ApiProblem? Problem)> CreateAsync(
        string actor, string? tenantName, string name, ApiRole role, DateTimeOffset? expiresAt, CancellationToken cancellationToken) =>
        store.WriteAsync<(ApiKey?, string?, ApiProblem?)>(
            async write =>
            {
                Tenant? tenant = null;
                if (tenantName is not null)
                {
                    tenant = await write.Db.Tenants.SingleOrDefaultAsync(row => row.Name == tenantName, cancellationToken);
                    if (tenant is null)
                    {
                        return (null, null, ApiProblem.NotFound("tenant.not_found", $"There is no tenant {tenantName}."));
                    }
                }

                // Only over the API: the command is the way in for whoever has the machine.
                if (actor != CommandActor && await CountAsync(write, tenant?.Id, cancellationToken) >= MostKeys)
                {
                    return (null, null, ApiProblem.Conflict("key.too_many", $"There are {MostKeys} keys already; delete one that is not used."));
                }

                var secret = KeySecrets.New();
                var key = Add(write, actor, tenant, name, role, expiresAt, secret);
                return (key, secret, null);
            },
            cancellationToken);

    /// <summary>Makes the first provider key from <paramref name="secret"/>, unless the store ever had one. Returns whether it did.</summary>
    public Task<bool> CreateInitialAsync(string secret, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                if (await HadProviderKeyAsync(write.Db, cancellationToken))
                {
                    return false;
                }

                Add(write, "system", null, "initial", ApiRole.Admin, null, secret);
                return true;
            },
            cancellationToken);

    public static Task<bool> HadProviderKeyAsync(HostDbContext db, CancellationToken cancellationToken) =>
        // The audit line outlives the key: a deleted first key must not come back by a restart.
        db.Audit.AnyAsync(entry => entry.Action == "key.create" && entry.Tenant == null, cancellationToken);

    public Task<ApiProblem?> DeleteAsync(string actor, string? tenantName, string id, CancellationToken cancellationToken) =>
        store.WriteAsync<ApiProblem?>(
            async write =>
            {
                var key = await write.Db.ApiKeys.Include(row => row.Tenant)
                    .SingleOrDefaultAsync(row => row.Id == id && row.Tenant!.Name == tenantName, cancellationToken);
                if (key is null)
                {
                    return ApiProblem.NotFound("key.not_found", $"There is no key {id}.");
                }

                if (key.TenantId is null && key.Role == ApiRole.Admin && !await OtherProviderAdminAsync(write, id, cancellationToken))
                {
                    return ApiProblem.Conflict("key.last_admin", "This is the last provider key with the role admin; make another one first.");
                }

                write.Db.ApiKeys.Remove(key);
                write.Audit(actor, "key.delete", $"key:{id}", key.Name, tenantName);
                return null;
            },
            cancellationToken);

    private static Task<int> CountAsync(StoreWrite write, int? tenantId, CancellationToken cancellationToken) =>
        write.Db.ApiKeys.CountAsync(row => row.TenantId == tenantId && (row.ExpiresAt == null || row.ExpiresAt > write.At), cancellationToken);

    private static Task<bool> OtherProviderAdminAsync(StoreWrite write, string id, CancellationToken cancellationToken) =>
        write.Db.ApiKeys.AnyAsync(
            row => row.Id != id && row.TenantId == null && row.Role == ApiRole.Admin && (row.ExpiresAt == null || row.ExpiresAt > write.At),
            cancellationToken);

    private static ApiKey Add(StoreWrite write, string actor, Tenant? tenant, string name, ApiRole role, DateTimeOffset? expiresAt, string secret)
    {
        var key = new ApiKey
        {
            Id = KeySecrets.NewId(),
            TenantId = tenant?.Id,
            Name = name,
            Role = role,
            Hash = KeySecrets.Hash(secret),
            CreatedAt = write.At,
            ExpiresAt = expiresAt,
        };
        write.Db.ApiKeys.Add(key);
        write.Audit(actor, "key.create", $"key:{key.Id}", $"{name} ({ApiRoles.Word(role)})", tenant?.Name);
        return key;
    }
}
