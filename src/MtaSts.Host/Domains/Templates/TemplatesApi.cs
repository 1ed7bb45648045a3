using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Templates;

/// <summary>`/templates`: a tenant has his own and sees those that all may use; those are the provider's to change.</summary>
internal static class TemplatesApi
{
    private static readonly (string Name, string Description) Leave = (
        "leave", "`true`: domains that the guard refuses the edit for keep their policy and leave the template; the others are changed.");

    public static void Map(IEndpointRouteBuilder api)
    {
        var templates = api.MapGroup("/templates").WithTags("Templates");
        templates.MapGet("", ListAsync).WithSummary("Lists templates").WithPaging().Answers<Page<TemplateResource>>();
        var template = templates.MapGroup("/{name}").WithMetadata(new DocumentedParameter("tenant", "Whose template, where several have the name (provider keys)."));
        template.MapPut("", PutAsync).WithSummary("Makes a template, or gives it and all its domains this policy").WithQuery(GuardedEdit.Force, Leave).Takes<PutTemplateRequest>().WithIfMatch().WithETag()
            .Answers<TemplateResource>().Answers<TemplateResource>(201);
        template.MapGet("", GetAsync).WithSummary("Shows a template").WithETag().Answers<TemplateResource>();
        template.MapPatch("", PatchAsync).WithSummary("Changes a part of a template's policy by JSON merge patch (RFC 7396)").WithQuery(GuardedEdit.Force, Leave)
            .Takes<PatchTemplateRequest>(JsonBody.MergePatch, JsonBody.Json).WithIfMatch().WithETag().Answers<TemplateResource>();
        template.MapDelete("", DeleteAsync).WithSummary("Deletes a template that no domain has").WithIfMatch().Answers(204);
        template.MapPost("/preview", PreviewAsync).WithSummary("Says what a change would do, and changes nothing").Takes<PreviewRequest>().Answers<PreviewResource>();
    }

    private static async Task<IResult> ListAsync(HttpContext context, Store store, CancellationToken cancellationToken)
    {
        var errors = new List<FieldError>();
        if (Paging.Read(context.Request, errors, text => Cursor(text) is not null) is not { } paging)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        await using var db = store.Open();
        var query = Visible(Caller.Of(context), db);
        if (Cursor(paging.After) is { } after)
        {
            query = query.Where(row => row.Name.CompareTo(after.Name) > 0 || (row.Name == after.Name && row.Scope > after.Scope));
        }

        var rows = await query.OrderBy(row => row.Name).ThenBy(row => row.Scope).Take(paging.Limit + 1).ToListAsync(cancellationToken);
        var page = paging.Cut(rows, row => $"{row.Name} {row.Scope}", row => row);
        return Results.Json(new Page<TemplateResource>(await ResourcesAsync(Caller.Of(context), db, page.Items, cancellationToken), page.Next));
    }

    private static async Task<IResult> PutAsync(string name, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, TemplateTurns turns, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        if (caller.Refuse(ApiRole.Editor) is { } refusal)
        {
            return refusal.ToResult();
        }

        var (body, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        if (!ResourceNames.IsValid(name))
        {
            errors.Add(new FieldError("template.name", "name", "The name must be 1 to 63 of a-z, 0-9 and hyphen."));
        }

        var members = new JsonMembers(body, errors);
        var tenantName = members.String("tenant", maxLength: 63);
        if (context.Request.Query.TryGetValue("tenant", out var asked))
        {
            if (tenantName is not null && tenantName != asked.ToString())
            {
                errors.Add(new FieldError("tenant.differs", "tenant", "?tenant= and the body's tenant are not the same."));
            }

            tenantName ??= asked.ToString();
        }

        var policy = DomainRules.ReadPolicy(members, errors);
        members.RefuseOthers();
        await using var db = store.Open();
        var tenant = await TenantAsync(db, caller, tenantName, errors, cancellationToken);
        return errors.Count > 0
            ? ApiProblem.InvalidInput(errors).ToResult()
            : await EditAsync(context, db, guard, turns, policy!, clearance => editor.PutTemplateAsync(caller, name, tenant, policy!, IfMatch.Of(context.Request), clearance, cancellationToken), cancellationToken);
    }

    private static async Task<IResult> GetAsync(string name, HttpContext context, Store store, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (template, problem) = await FindAsync(db, context, name, cancellationToken);
        return problem?.ToResult() ?? await AnswerAsync(context, db, new TemplateEdit(template), StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> PatchAsync(string name, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, TemplateTurns turns, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (template, problem) = await FindForEditAsync(db, context, name, cancellationToken);
        if (template is null)
        {
            return problem!.ToResult();
        }

        var (patch, bodyProblem) = await JsonBody.ReadAsync(context.Request, JsonBody.MergePatch, JsonBody.Json);
        if (bodyProblem is not null)
        {
            return bodyProblem.ToResult();
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(JsonBody.Merge(new JsonObject { ["policy"] = DomainsApi.Document(template.Policy()) }, patch), errors);
        var policy = DomainRules.ReadPolicy(members, errors);
        members.RefuseOthers();
        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        if (!IfMatch.Of(context.Request).Holds(template.Revision))
        {
            return ApiProblem.PreconditionFailed("The template is not as If-Match says: someone changed it. Read it again.").ToResult();
        }

        // A merge patch means something only against the template that it was read with.
        return await EditAsync(
            context,
            db,
            guard,
            turns,
            policy!,
            async clearance => await editor.PutTemplateAsync(Caller.Of(context), name, template.Tenant, policy!, IfMatch.Of(template.Revision), clearance, cancellationToken) switch
            {
                { Problem.Status: StatusCodes.Status412PreconditionFailed } => ApiProblem.Conflict("template.changing", $"Somebody else has changed the template {name} meanwhile; try again."),
                var done => done,
            },
            cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext context, Store store, DomainEditor editor, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (template, problem) = await FindForEditAsync(db, context, name, cancellationToken);
        problem ??= await editor.DeleteTemplateAsync(Caller.Of(context), template!.Id, IfMatch.Of(context.Request), cancellationToken);
        return problem?.ToResult() ?? Results.NoContent();
    }

    private static async Task<IResult> PreviewAsync(string name, HttpContext context, Store store, IEditGuard guard, TemplateTurns turns, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (template, problem) = await FindForEditAsync(db, context, name, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (body, bodyProblem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (bodyProblem is not null)
        {
            return bodyProblem.ToResult();
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var policy = DomainRules.ReadPolicy(members, errors);
        members.RefuseOthers();
        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        using var turn = turns.TryEnter(Caller.Of(context).TenantId);
        if (turn is null)
        {
            return TemplateTurns.Busy(context).ToResult();
        }

        var rows = await db.Domains.Where(row => row.TemplateId == template!.Id).OrderBy(row => row.Name).ToListAsync(cancellationToken);
        var guarded = rows.Where(row => row.IsServed && DomainRules.CouldStopMail(row.PolicyOrNull(), policy!)).ToList();
        var refusals = await TemplateGuard.JudgeAsync(guard, guarded, policy!, cancellationToken);
        return Results.Json(new PreviewResource(
            rows.Count, rows.Count(row => row.PolicyOrNull() != policy), TemplateGuard.Bounded([.. refusals.SelectMany(refusal => TemplateGuard.Errors(refusal.Domain, refusal.Finding))])));
    }

    private static async Task<IResult> EditAsync(
        HttpContext context, HostDbContext db, IEditGuard guard, TemplateTurns turns, StsPolicy policy, Func<TemplateClearance?, Task<TemplateEdit>> edit, CancellationToken cancellationToken)
    {
        var (isForced, problem) = GuardedEdit.ReadForce(context);
        var leaves = false;
        if (problem is null && context.Request.Query.TryGetValue("leave", out var text) && !bool.TryParse(text, out leaves))
        {
            problem = ApiProblem.InvalidInput("leave.value", "leave", "leave must be true or false.");
        }

        if (problem is not null)
        {
            return problem.ToResult();
        }

        using var turn = turns.TryEnter(Caller.Of(context).TenantId);
        if (turn is null)
        {
            return TemplateTurns.Busy(context).ToResult();
        }

        var done = await TemplateGuard.RunAsync(guard, policy, isForced, leaves, edit, cancellationToken);
        return done.Problem?.ToResult() ?? await AnswerAsync(context, db, done, done.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, HostDbContext db, TemplateEdit edit, int status, CancellationToken cancellationToken)
    {
        context.Response.Headers.ETag = IfMatch.EntityTag(edit.Template!.Revision);
        var resource = (await ResourcesAsync(Caller.Of(context), db, [edit.Template], cancellationToken))[0];
        return Results.Json(resource with { Warnings = edit.Warnings ?? [] }, statusCode: status);
    }

    private static async Task<IReadOnlyList<TemplateResource>> ResourcesAsync(Caller caller, HostDbContext db, IReadOnlyList<PolicyTemplate> rows, CancellationToken cancellationToken)
    {
        var ids = rows.Select(row => (int?)row.Id).ToList();
        var counts = await caller.Domains(db).Where(domain => ids.Contains(domain.TemplateId)).GroupBy(domain => domain.TemplateId)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key!.Value, group => group.Count, cancellationToken);
        return
        [
            .. rows.Select(row => new TemplateResource(
                row.Name, row.Tenant?.Name, DomainResources.Policy(row.Policy()), counts.GetValueOrDefault(row.Id), [], row.Revision, row.CreatedAt, row.UpdatedAt)),
        ];
    }

    private static IQueryable<PolicyTemplate> Visible(Caller caller, HostDbContext db) => caller.IsProvider
        ? db.PolicyTemplates.Include(row => row.Tenant)
        : db.PolicyTemplates.Include(row => row.Tenant).Where(row => row.Scope == caller.TenantId || row.Scope == PolicyTemplate.Shared);

    /// <summary>A tenant's own goes before the one that all may use; a provider's key means the latter, or the only one of that name, unless `?tenant=` says otherwise.</summary>
    private static async Task<(PolicyTemplate? Template, ApiProblem? Problem)> FindAsync(HostDbContext db, HttpContext context, string name, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(context);
        var query = Visible(caller, db).Where(row => row.Name == name);
        if (context.Request.Query.TryGetValue("tenant", out var tenant))
        {
            var wanted = tenant.ToString();
            query = query.Where(row => row.Tenant!.Name == wanted);
        }

        var rows = await query.ToListAsync(cancellationToken);
        var chosen = caller.IsProvider ? rows.Find(row => row.Scope == PolicyTemplate.Shared) ?? (rows is [var only] ? only : null) : rows.MaxBy(row => row.Scope);
        return chosen is not null ? (chosen, null)
            : rows.Count == 0 ? (null, ApiProblem.NotFound("template.not_found", $"There is no template {name}."))
            : (null, ApiProblem.Conflict("template.several", $"Several tenants have a template {name}; choose one with ?tenant=."));
    }

    private static async Task<(PolicyTemplate? Template, ApiProblem? Problem)> FindForEditAsync(HostDbContext db, HttpContext context, string name, CancellationToken cancellationToken)
    {
        var (template, problem) = await FindAsync(db, context, name, cancellationToken);
        var caller = Caller.Of(context);
        problem ??= template!.TenantId is null ? caller.RefuseUnlessProvider(ApiRole.Editor) : caller.Refuse(ApiRole.Editor);
        return (problem is null ? template : null, problem);
    }

    private static async Task<Tenant?> TenantAsync(HostDbContext db, Caller caller, string? name, List<FieldError> errors, CancellationToken cancellationToken)
    {
        name ??= caller.TenantName;
        if (name is null)
        {
            return null;
        }

        var tenant = caller.IsProvider || name == caller.TenantName ? await db.Tenants.SingleOrDefaultAsync(row => row.Name == name, cancellationToken) : null;
        if (tenant is null)
        {
            errors.Add(new FieldError("tenant.unknown", "tenant", $"There is no tenant {name}."));
        }

        return tenant;
    }

    private static (string Name, int Scope)? Cursor(string? text) => text?.Split(' ') is [var name, var scope] && int.TryParse(scope, out var number) ? (name, number) : null;
}
