using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Tenants;

/// <summary>Tenants are the provider's business: his keys read them with any role and change them as admin.</summary>
internal static class TenantsApi
{
    private const int LongestDisplayName = 200;

    public static void Map(IEndpointRouteBuilder api)
    {
        var tenants = api.MapGroup("/tenants").WithTags("Tenants");
        tenants.MapGet("", ListAsync).WithSummary("Lists the tenants").WithPaging().Answers<Page<TenantResource>>();
        tenants.MapPost("", CreateAsync).WithSummary("Adds a tenant").Takes<CreateTenantRequest>().Answers<TenantResource>(201);
        tenants.MapGet("/{name}", GetAsync).WithSummary("Shows a tenant").Answers<TenantResource>();
        tenants.MapPatch("/{name}", PatchAsync).WithSummary("Changes what a tenant is called").Takes<PatchTenantRequest>(JsonBody.MergePatch, JsonBody.Json).Answers<TenantResource>();
        tenants.MapDelete("/{name}", DeleteAsync).WithSummary("Deletes a tenant without domains, and its keys").Answers(204);
    }

    private static async Task<IResult> ListAsync(HttpContext context, Store store, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).RefuseUnlessProvider(ApiRole.Viewer) is { } refusal)
        {
            return refusal.ToResult();
        }

        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var after = paging.After ?? "";
        await using var db = store.Open();
        var rows = await db.Tenants.Where(row => row.Name.CompareTo(after) > 0).OrderBy(row => row.Name).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        return Results.Json(paging.Cut(rows, row => row.Name, Resource));
    }

    private static async Task<IResult> CreateAsync(HttpContext context, TenantEditor editor, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        if (caller.RefuseUnlessProvider(ApiRole.Admin) is { } refusal)
        {
            return refusal.ToResult();
        }

        var (body, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var name = members.String("name", required: true);
        var displayName = members.String("displayName", maxLength: LongestDisplayName);
        members.RefuseOthers();
        if (name is not null && !ResourceNames.IsValid(name))
        {
            errors.Add(new FieldError("tenant.name", "name", "name must be 1 to 63 of a-z, 0-9 and hyphen."));
        }

        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var (tenant, refused) = await editor.CreateAsync(caller.Actor, name!, displayName ?? name!, cancellationToken);
        return refused?.ToResult() ?? Results.Json(Resource(tenant!), statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> GetAsync(string name, HttpContext context, Store store, CancellationToken cancellationToken)
    {
        var (tenant, refusal) = await FindAsync(name, context, store, ApiRole.Viewer, cancellationToken);
        return refusal?.ToResult() ?? Results.Json(Resource(tenant!));
    }

    private static async Task<IResult> PatchAsync(string name, HttpContext context, Store store, TenantEditor editor, CancellationToken cancellationToken)
    {
        var (tenant, refusal) = await FindAsync(name, context, store, ApiRole.Admin, cancellationToken);
        if (refusal is not null)
        {
            return refusal.ToResult();
        }

        var (patch, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.MergePatch, JsonBody.Json);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(JsonBody.Merge(new JsonObject { ["displayName"] = tenant!.DisplayName }, patch), errors);
        var displayName = members.String("displayName", maxLength: LongestDisplayName);
        members.RefuseOthers();
        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var changed = await editor.RenameAsync(Caller.Of(context).Actor, name, displayName ?? name, cancellationToken);
        return changed is null ? NotFound(name).ToResult() : Results.Json(Resource(changed));
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext context, Store store, TenantEditor editor, CancellationToken cancellationToken)
    {
        var (_, refusal) = await FindAsync(name, context, store, ApiRole.Admin, cancellationToken);
        refusal ??= await editor.DeleteAsync(Caller.Of(context).Actor, name, cancellationToken);
        return refusal?.ToResult() ?? Results.NoContent();
    }

    // A stranger learns nothing of other tenants, whether they exist or not; his own he may not manage either.
    private static async Task<(Tenant? Tenant, ApiProblem? Refusal)> FindAsync(string name, HttpContext context, Store store, ApiRole needed, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        await using var db = store.Open();
        var tenant = caller.IsProvider || caller.TenantName == name
            ? await db.Tenants.SingleOrDefaultAsync(row => row.Name == name, cancellationToken)
            : null;
        return tenant is null ? (null, NotFound(name)) : (tenant, caller.RefuseUnlessProvider(needed));
    }

    private static ApiProblem NotFound(string name) => ApiProblem.NotFound("tenant.not_found", $"There is no tenant {name}.");

    private static TenantResource Resource(Tenant tenant) => new(tenant.Name, tenant.DisplayName, tenant.CreatedAt);
}
