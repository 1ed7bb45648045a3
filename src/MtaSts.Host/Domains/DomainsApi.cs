using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Domains.Templates;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains;

/// <summary>`/domains`. Every handler keeps the contract's order: visibility (404), role (403), body (400, 422), then the edit.</summary>
internal static class DomainsApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var domains = api.MapGroup("/domains").WithTags("Domains");
        domains.MapGet("", DomainList.ListAsync).WithSummary("Lists domains").WithPaging().WithQuery(DomainList.Filters).Answers<Page<DomainResource>>();

        domains.MapPut("/{domain}", PutAsync).WithSummary("Adds a domain, or gives it this policy; doing it twice changes nothing")
            .WithQuery(GuardedEdit.Force).Takes<PutDomainRequest>().WithIfMatch().WithETag().Answers<DomainResource>().Answers<DomainResource>(201);

        var domain = domains.MapGroup("/{domain}").WithMetadata(new DocumentedParameter("tenant", "Whose domain, where several tenants hold the name (provider keys)."));
        domain.MapGet("", GetAsync).WithSummary("Shows a domain").WithETag().Answers<DomainResource>();
        domain.MapPatch("", PatchAsync).WithSummary("Changes a part of a domain by JSON merge patch (RFC 7396)")
            .WithQuery(GuardedEdit.Force).Takes<PatchDomainRequest>(JsonBody.MergePatch, JsonBody.Json).WithIfMatch().WithETag().Answers<DomainResource>();
        domain.MapDelete("", DeleteAsync).WithSummary("Starts the safe removal (RFC 8461 §8.3), or removes at once with ?now=true (provider)")
            .WithQuery(("now", "`true` removes at once; senders then stay on the policy they hold until it expires."))
            .WithIfMatch().WithETag().Answers<DomainResource>(202).Answers(204);
        domain.MapPost("/reannounce", ReannounceAsync).WithSummary("Gives the same text a new policy id (provider)").WithETag().Answers<DomainResource>();
        domain.MapPost("/verification", VerifyAsync).WithSummary("Looks for the proof of ownership; a provider may send {\"trust\":true} instead")
            .WithQuery(GuardedEdit.Force).MayTake<VerificationRequest>().WithETag().Answers<DomainResource>();
        VersionsApi.Map(domain);
        MxApi.Map(api, domain);
        TemplatesApi.Map(api);
    }

    private static async Task<IResult> PutAsync(
        string domain, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, MxShows shows, DomainResources resources, IOptions<DnsOptions> dns, CancellationToken cancellationToken)
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
        if (!MailDomain.TryParse(domain, out var name, out var nameError))
        {
            errors.Add(FieldError.From(nameError, "domain"));
        }
        else if (!name.Name.Contains('.', StringComparison.Ordinal))
        {
            errors.Add(new FieldError("domain.top_level", "domain", $"{name} is a top-level domain; a mail domain has two labels or more."));
        }
        else if (!caller.IsProvider && DomainRules.NotForTenants(name, dns.Value.Zone) is { } notForTenants)
        {
            errors.Add(notForTenants);
        }

        await using var db = store.Open();
        var input = DomainRules.ReadPut(body, errors);
        var tenant = await TenantOfAsync(db, caller, body, errors, cancellationToken);
        if (errors.Count > 0)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var edit = await MxSourceEdit.RunAsync(
            shows,
            context,
            seen => GuardedEdit.RunAsync(
                guard, context, clearance => editor.PutAsync(caller, name!, tenant!, input!, IfMatch.Of(context.Request), clearance, cancellationToken, seen), cancellationToken),
            cancellationToken);
        return await resources.AnswerAsync(context, db, edit, edit.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> GetAsync(string domain, HttpContext context, Store store, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return problem?.ToResult() ?? await resources.AnswerAsync(context, db, new DomainEdit(row), StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> PatchAsync(
        string domain, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, MxShows shows, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (patch, bodyProblem) = await JsonBody.ReadAsync(context.Request, JsonBody.MergePatch, JsonBody.Json);
        if (bodyProblem is not null)
        {
            return bodyProblem.ToResult();
        }

        var caller = Caller.Of(context);
        if (patch.TryGetProperty("state", out _) && caller.RefuseUnlessProvider(ApiRole.Editor) is { } refusal)
        {
            return refusal.ToResult();
        }

        var isOfTemplate = patch.TryGetProperty("template", out var template) && template.ValueKind == JsonValueKind.String && !patch.TryGetProperty("policy", out _);
        var edit = await MxSourceEdit.RunAsync(
            shows,
            context,
            seen => GuardedEdit.RunAsync(
                guard,
                context,
                clearance => editor.PatchAsync(
                    caller,
                    row!.Id,
                    present =>
                    {
                        var errors = new List<FieldError>();
                        var input = DomainRules.ReadPatched(JsonBody.Merge(Document(present, isOfTemplate), patch), errors);
                        return errors.Count > 0 ? (null, ApiProblem.InvalidInput(errors)) : (input! with { KeepsTemplate = !patch.TryGetProperty("template", out _) }, null);
                    },
                    IfMatch.Of(context.Request),
                    clearance,
                    cancellationToken,
                    seen),
                cancellationToken),
            cancellationToken);
        return await resources.AnswerAsync(context, db, edit, StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> DeleteAsync(string domain, HttpContext context, Store store, DomainEditor editor, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        var caller = Caller.Of(context);
        var now = false;
        if (problem is null && context.Request.Query.TryGetValue("now", out var nowText) && !bool.TryParse(nowText, out now))
        {
            problem = ApiProblem.InvalidInput("now.value", "now", "now must be true or false.");
        }

        problem ??= now ? caller.RefuseUnlessProvider(ApiRole.Editor) : null;
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var edit = await editor.RemoveAsync(caller, row!.Id, now, IfMatch.Of(context.Request), cancellationToken);
        return edit is { Problem: null, Domain: null }
            ? Results.NoContent()
            : await resources.AnswerAsync(context, db, edit, StatusCodes.Status202Accepted, cancellationToken);
    }

    private static async Task<IResult> ReannounceAsync(string domain, HttpContext context, Store store, DomainEditor editor, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForProviderAsync(db, domain, cancellationToken);
        return problem?.ToResult() ?? await resources.AnswerAsync(
            context, db, await editor.ReannounceAsync(Caller.Of(context), row!.Id, cancellationToken), StatusCodes.Status200OK, cancellationToken);
    }

    private static async Task<IResult> VerifyAsync(
        string domain, HttpContext context, Store store, DomainEditor editor, IEditGuard guard, OwnershipCheck ownership, DomainResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (trust, bodyProblem) = await ReadTrustAsync(context);
        var caller = Caller.Of(context);
        bodyProblem ??= trust ? caller.RefuseUnlessProvider(ApiRole.Editor) : null;
        if (bodyProblem is not null)
        {
            return bodyProblem.ToResult();
        }

        if (trust)
        {
            var edit = await GuardedEdit.RunAsync(guard, context, clearance => editor.TrustAsync(caller, row!.Id, clearance, cancellationToken), cancellationToken);
            return await resources.AnswerAsync(context, db, edit, StatusCodes.Status200OK, cancellationToken);
        }

        var (isForced, forceProblem) = GuardedEdit.ReadForce(context);
        if (isForced || forceProblem is not null)
        {
            return (forceProblem ?? ApiProblem.InvalidInput("force.value", "force", "A proof is not forced: `force` goes with {\"trust\":true}.")).ToResult();
        }

        if (await ownership.VerifyAsync(caller, row!.Id, cancellationToken) is { } finding)
        {
            return (finding.Code == GuardPlaces.BusyCode ? GuardPlaces.Busy(context) : finding).ToResult();
        }

        var (proven, gone) = await context.FindDomainAsync(db, domain, cancellationToken);
        return gone?.ToResult() ?? await resources.AnswerAsync(context, db, new DomainEdit(proven), StatusCodes.Status200OK, cancellationToken);
    }

    // A tenant's key stands for its tenant; whether another tenant exists it does not learn.
    private static async Task<Tenant?> TenantOfAsync(HostDbContext db, Caller caller, JsonElement body, List<FieldError> errors, CancellationToken cancellationToken)
    {
        if (errors.Exists(error => error.Field == "tenant"))
        {
            // No string, or one that no tenant's name can be: the store is not asked for it.
            return null;
        }

        var named = body.TryGetProperty("tenant", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        if (named is null && caller.IsProvider)
        {
            errors.Add(new FieldError("field.missing", "tenant", "tenant is needed: whose domain is it?"));
            return null;
        }

        var name = named ?? caller.TenantName;
        var tenant = caller.IsProvider || name == caller.TenantName
            ? await db.Tenants.SingleOrDefaultAsync(row => row.Name == name, cancellationToken)
            : null;
        if (tenant is null)
        {
            errors.Add(new FieldError("tenant.unknown", "tenant", $"There is no tenant {name}."));
        }

        return tenant;
    }

    /// <summary>An empty body means «look now».</summary>
    private static async Task<(bool Trust, ApiProblem? Problem)> ReadTrustAsync(HttpContext context)
    {
        var (body, problem) = await JsonBody.ReadIfAnyAsync(context.Request);
        if (problem is not null)
        {
            return (false, problem);
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var trust = members.Boolean("trust") ?? false;
        members.RefuseOthers();
        return errors.Count > 0 ? (false, ApiProblem.InvalidInput(errors)) : (trust, null);
    }

    /// <summary>What a merge patch is applied to.</summary>
    private static JsonObject Document(HostedDomain row, bool isOfTemplate)
    {
        var document = new JsonObject
        {
            ["template"] = row.Template?.Name,
            ["mxSource"] = row.MxSource == MxSource.Dns ? "dns" : "manual",
            ["tlsRpt"] = row.TlsRptRua is null ? null : new JsonObject { ["rua"] = new JsonArray([.. StoredPolicy.Lines(row.TlsRptRua).Select(uri => (JsonNode)uri)]) },
        };
        // A patch that names a template and no policy wants that of the template, with its patterns.
        if (isOfTemplate)
        {
            document["mxSource"] = "manual";
        }
        else
        {
            document["policy"] = Document(row.Policy());
        }

        return document;
    }

    public static JsonObject Document(StsPolicy policy) => new()
    {
        ["mode"] = policy.Mode.ToWord(),
        ["mx"] = new JsonArray([.. policy.Mx.Select(pattern => (JsonNode)pattern.Text)]),
        ["maxAge"] = policy.MaxAge,
    };
}
