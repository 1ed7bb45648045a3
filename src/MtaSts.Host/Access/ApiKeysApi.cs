using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Access;

/// <summary>Keys of the provider under `/keys`, keys of a tenant under `/tenants/{name}/keys`: the same handlers, with and without a tenant.</summary>
internal static class ApiKeysApi
{
    // RFC 3339 §5.6: an offset is never left out.
    private static readonly string[] TimeFormats =
        ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"];

    public static void Map(IEndpointRouteBuilder api)
    {
        foreach (var (path, tag) in new[] { ("/keys", "Provider keys"), ("/tenants/{name}/keys", "Tenant keys") })
        {
            var keys = api.MapGroup(path).WithTags(tag);
            keys.MapGet("", ListAsync).WithSummary("Lists the keys, without their secrets").WithPaging().Answers<Page<KeyResource>>();
            keys.MapPost("", CreateAsync).WithSummary("Makes a key; the answer shows its secret, this once").Takes<CreateKeyRequest>().Answers<CreatedKeyResource>(201);
            keys.MapDelete("/{id}", DeleteAsync).WithSummary("Deletes a key; it stops working at once").Answers(204);
        }
    }

    private static async Task<IResult> ListAsync(HttpContext context, Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var tenant = TenantOf(context);
        if (await RefuseAsync(context, db, tenant, cancellationToken) is { } refusal)
        {
            return refusal.ToResult();
        }

        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var after = paging.After ?? "";
        var rows = await db.ApiKeys
            .Where(row => row.Tenant!.Name == tenant && row.Id.CompareTo(after) > 0)
            .OrderBy(row => row.Id)
            .Take(paging.Limit + 1)
            .ToListAsync(cancellationToken);
        return Results.Json(paging.Cut(rows, row => row.Id, Resource));
    }

    private static async Task<IResult> CreateAsync(HttpContext context, Store store, ApiKeyEditor editor, CancellationToken cancellationToken)
    {
        var tenant = TenantOf(context);
        await using (var db = store.Open())
        {
            if (await RefuseAsync(context, db, tenant, cancellationToken) is { } refusal)
            {
                return refusal.ToResult();
            }
        }

        var (body, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var name = members.String("name", maxLength: 100) ?? "";
        var roleWord = members.String("role", required: true);
        var role = ApiRoles.Parse(roleWord);
        if (roleWord is not null && role is null)
        {
            errors.Add(new FieldError("role.unknown", "role", $"role must be {ApiRoles.Words}."));
        }

        var expiresAt = ExpiresAt(members, errors);
        members.RefuseOthers();
        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var (key, secret, refused) = await editor.CreateAsync(Caller.Of(context).Actor, tenant, name, role!.Value, expiresAt, cancellationToken);
        return refused?.ToResult() ?? Results.Json(
            new CreatedKeyResource(key!.Id, key.Name, ApiRoles.Word(key.Role), secret!, key.CreatedAt, key.ExpiresAt),
            statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> DeleteAsync(string id, HttpContext context, Store store, ApiKeyEditor editor, CancellationToken cancellationToken)
    {
        var tenant = TenantOf(context);
        await using (var db = store.Open())
        {
            if (await RefuseAsync(context, db, tenant, cancellationToken) is { } refusal)
            {
                return refusal.ToResult();
            }
        }

        var problem = await editor.DeleteAsync(Caller.Of(context).Actor, tenant, id, cancellationToken);
        return problem?.ToResult() ?? Results.NoContent();
    }

    private static string? TenantOf(HttpContext context) => (string?)context.Request.RouteValues["name"];

    // Another tenant's keys are not there; the own tenant's are its admin's business, the provider's are the provider admin's.
    private static async Task<ApiProblem?> RefuseAsync(HttpContext context, HostDbContext db, string? tenant, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        if (tenant is null)
        {
            return caller.RefuseUnlessProvider(ApiRole.Admin);
        }

        var visible = caller.IsProvider ? await db.Tenants.AnyAsync(row => row.Name == tenant, cancellationToken) : caller.TenantName == tenant;
        return visible ? caller.Refuse(ApiRole.Admin) : ApiProblem.NotFound("tenant.not_found", $"There is no tenant {tenant}.");
    }

    private static DateTimeOffset? ExpiresAt(JsonMembers members, List<FieldError> errors)
    {
        var text = members.String("expiresAt");
        if (text is null)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        errors.Add(new FieldError("expires_at.format", "expiresAt", "expiresAt must be an RFC 3339 time such as 2027-01-31T00:00:00Z, or null."));
        return null;
    }

    private static KeyResource Resource(ApiKey key) => new(key.Id, key.Name, ApiRoles.Word(key.Role), key.CreatedAt, key.ExpiresAt);
}
