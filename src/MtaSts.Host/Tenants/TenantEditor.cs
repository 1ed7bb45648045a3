using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Tenants;

/// <summary>The only writer of tenants.</summary>
internal sealed class TenantEditor(Store store)
{
    public Task<(Tenant? Tenant, ApiProblem? Problem)> CreateAsync(string actor, string name, string displayName, CancellationToken cancellationToken) =>
        store.WriteAsync<(Tenant?, ApiProblem?)>(
            async write =>
            {
                if (await write.Db.Tenants.AnyAsync(row => row.Name == name, cancellationToken))
                {
                    return (null, ApiProblem.Conflict("tenant.exists", $"There is a tenant {name} already."));
                }

                var tenant = new Tenant { Name = name, DisplayName = displayName, CreatedAt = write.At, Revision = write.Revision };
                write.Db.Tenants.Add(tenant);
                write.Audit(actor, "tenant.create", name, displayName, name);
                return (tenant, null);
            },
            cancellationToken);

    public Task<Tenant?> RenameAsync(string actor, string name, string displayName, CancellationToken cancellationToken) =>
        store.WriteAsync(
            async write =>
            {
                var tenant = await write.Db.Tenants.SingleOrDefaultAsync(row => row.Name == name, cancellationToken);
                if (tenant is not null && tenant.DisplayName != displayName)
                {
                    tenant.DisplayName = displayName;
                    tenant.Revision = write.Revision;
                    write.Audit(actor, "tenant.change", name, displayName, name);
                }

                return tenant;
            },
            cancellationToken);

    /// <summary>Takes the tenant's keys along; refused while it has domains.</summary>
    public Task<ApiProblem?> DeleteAsync(string actor, string name, CancellationToken cancellationToken) =>
        store.WriteAsync<ApiProblem?>(
            async write =>
            {
                var tenant = await write.Db.Tenants.SingleOrDefaultAsync(row => row.Name == name, cancellationToken);
                if (tenant is null)
                {
                    return ApiProblem.NotFound("tenant.not_found", $"There is no tenant {name}.");
                }

                if (await write.Db.Domains.AnyAsync(row => row.TenantId == tenant.Id, cancellationToken))
                {
                    return ApiProblem.Conflict("tenant.has_domains", $"The tenant {name} still has domains; remove them first.");
                }

                write.Db.Tenants.Remove(tenant);
                write.Audit(actor, "tenant.delete", name, null, name);
                return null;
            },
            cancellationToken);
}
