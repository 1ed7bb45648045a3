using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Domains.Templates;

namespace MtaSts.Host.Domains;

/// <summary>Policies that many domains share. An edit of a template is one transaction with a version of each domain: all of them have the new policy, or none.</summary>
internal sealed partial class DomainEditor
{
    // Rows that are looked up at once.
    private const int NamesAtOnce = 500;

    // An edit of all is one transaction, and everybody else's edits wait for its end.
    private const int MostDomains = 10_000;

    /// <summary>Makes the template, or gives it and all its domains this policy; twice changes nothing.</summary>
    /// <param name="caller">Who edits.</param>
    /// <param name="name">Of the template.</param>
    /// <param name="tenant">Whose it is; null: all tenants'.</param>
    /// <param name="policy">Normalised.</param>
    /// <param name="ifMatch">Judged against the template's revision.</param>
    /// <param name="clearance">Which domains a guard has judged under this policy; null: none yet.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    public Task<TemplateEdit> PutTemplateAsync(Caller caller, string name, Tenant? tenant, StsPolicy policy, IfMatch ifMatch, TemplateClearance? clearance, CancellationToken cancellationToken) =>
        store.WriteAsync<TemplateEdit>(
            async write =>
            {
                var scope = tenant?.Id ?? PolicyTemplate.Shared;
                var template = await write.Db.PolicyTemplates.Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Name == name && row.Scope == scope, cancellationToken);
                if (!ifMatch.Holds(template?.Revision))
                {
                    return TemplateChanged();
                }

                if (template is null)
                {
                    var owner = tenant is null ? null : await write.Db.Tenants.SingleOrDefaultAsync(candidate => candidate.Id == tenant.Id, cancellationToken);
                    if (tenant is not null && owner is null)
                    {
                        return ApiProblem.InvalidInput("tenant.unknown", "tenant", $"There is no tenant {tenant.Name}.");
                    }

                    template = new PolicyTemplate { Name = name, Scope = scope, Tenant = owner, Mx = "", CreatedAt = write.At };
                    write.Db.PolicyTemplates.Add(template);
                    await SetAsync(write, template, policy, cancellationToken);
                    write.Audit(caller.Actor, "template.create", name, Describe(policy), tenant?.Name);
                    return new TemplateEdit(template, Created: true, Warnings: DomainRules.Warnings(policy, enforcedBefore: false, isFirstVersion: true));
                }

                var before = template.Policy();
                if (before == policy)
                {
                    return new TemplateEdit(template);
                }

                var rows = await write.Db.Domains.Include(row => row.Tenant).Where(row => row.TemplateId == template.Id).OrderBy(row => row.Name).ToListAsync(cancellationToken);
                // Its first id in enforce waits for the guard in any case, and nobody's mail depends on it yet.
                var held = (await write.Db.AnnouncementHolds.Where(hold => write.Db.Domains.Any(row => row.Id == hold.DomainId && row.TemplateId == template.Id)).ToListAsync(cancellationToken))
                    .ToDictionary(hold => hold.DomainId);
                var leaving = await LeavingAsync(write, caller, rows, cancellationToken);
                leaving.UnionWith(clearance?.Leaving ?? new HashSet<long>());
                var unguarded = rows.Where(row => row.IsServed && !held.ContainsKey(row.Id) && !leaving.Contains(row.Id)
                    && DomainRules.CouldStopMail(row.PolicyOrNull(), policy) && clearance?.Judged.Contains(row.Id) != true).ToList();
                if (unguarded.Count > 0)
                {
                    write.Db.ChangeTracker.Clear();
                    return new TemplateEdit(null, Unguarded: unguarded);
                }

                foreach (var names in rows.Select(row => row.Name).Distinct().Chunk(NamesAtOnce))
                {
                    await write.Db.KnownNames.Where(known => names.Contains(known.Name)).LoadAsync(cancellationToken);
                }

                if (policy.Mode != StsMode.Enforce)
                {
                    write.Db.AnnouncementHolds.RemoveRange(held.Values.Where(hold => !leaving.Contains(hold.DomainId)));
                }

                foreach (var row in rows.Where(row => leaving.Contains(row.Id)))
                {
                    row.TemplateId = null;
                    Note(write, caller, row, "domain.template.leave", $"template {name} has another policy; this domain keeps its own: {Describe(row)}");
                }

                var wasEnforced = before.Mode == StsMode.Enforce;
                var warnings = DomainRules.Warnings(
                    policy,
                    wasEnforced,
                    isFirstVersion: false,
                    wasEnforced && write.At - template.UpdatedAt >= DomainRules.HeldFor ? before.MaxAge : null,
                    wasEnforced && policy.Mode == StsMode.Enforce && policy.MaxAge > before.MaxAge);
                var changed = 0;
                foreach (var row in rows.Where(row => !leaving.Contains(row.Id) && row.PolicyOrNull() != policy))
                {
                    await AddVersionAsync(write, caller.Actor, row, policy, cancellationToken, $"Template {name}.");
                    Note(write, caller, row, "domain.template", $"template {name}: {Describe(row)}");
                    changed++;
                }

                await SetAsync(write, template, policy, cancellationToken);
                var what = $"{Describe(policy)}; {changed} domains{(leaving.Count > 0 ? $", {leaving.Count} have left it" : "")}";
                write.Audit(caller.Actor, "template.change", name, clearance?.Forced is { } forced ? $"{what}; forced past {forced}" : what, template.Tenant?.Name);
                return new TemplateEdit(template, Warnings: [.. warnings, .. TemplateGuard.Bounded([.. rows.Where(row => leaving.Contains(row.Id))
                    .Select(row => new FieldError("template.left", row.Name, $"{row.Name} could not be changed; it keeps its policy and has left the template."))])]);
            },
            cancellationToken);

    /// <summary>Refused while a domain has it.</summary>
    public Task<ApiProblem?> DeleteTemplateAsync(Caller caller, int templateId, IfMatch ifMatch, CancellationToken cancellationToken) =>
        store.WriteAsync<ApiProblem?>(
            async write =>
            {
                var template = await write.Db.PolicyTemplates.Include(row => row.Tenant).SingleOrDefaultAsync(row => row.Id == templateId, cancellationToken);
                if (template is null)
                {
                    return ApiProblem.NotFound("template.not_found", "The template was deleted meanwhile.");
                }

                if (!ifMatch.Holds(template.Revision))
                {
                    return TemplateChanged();
                }

                var used = await write.Db.Domains.CountAsync(row => row.TemplateId == templateId, cancellationToken);
                if (used > 0)
                {
                    return ApiProblem.Conflict("template.used", $"{used} domains have the template {template.Name}; give them another policy first.");
                }

                write.Db.PolicyTemplates.Remove(template);
                write.Audit(caller.Actor, "template.delete", template.Name, null, template.Tenant?.Name);
                return null;
            },
            cancellationToken);

    /// <summary>The input with its policy and patterns, wherever they come from, or what is to be done instead. To be asked before anything of the row is changed.</summary>
    private static async Task<(DomainInput? Input, DomainEdit? Instead)> WholeAsync(
        StoreWrite write, MailDomain domain, int tenantId, HostedDomain? row, DomainInput input, MxSeen? seen, CancellationToken cancellationToken)
    {
        if (input.TemplateName is not { } name)
        {
            return WithPatterns(domain, row, input, seen);
        }

        // A patch of something else does not look the name up again: another template may have it by now.
        if (input.KeepsTemplate && row?.Template is { } kept)
        {
            return WithTemplate(input, kept);
        }

        var candidates = await write.Db.PolicyTemplates.Where(template => template.Name == name && (template.Scope == tenantId || template.Scope == PolicyTemplate.Shared)).ToListAsync(cancellationToken);
        // A tenant's own goes before the one that all may use.
        if (candidates.MaxBy(template => template.Scope) is not { } found)
        {
            return (null, ApiProblem.InvalidInput("template.unknown", "template", $"There is no template {name}."));
        }

        if (row?.TemplateId != found.Id && await write.Db.Domains.CountAsync(candidate => candidate.TemplateId == found.Id, cancellationToken) >= MostDomains)
        {
            return (null, ApiProblem.Conflict("template.full", $"{MostDomains} domains have the template {name}, as many as one may have; make another one."));
        }

        return WithTemplate(input, found);
    }

    private static (DomainInput? Input, DomainEdit? Instead) WithTemplate(DomainInput input, PolicyTemplate template) => input.HasPolicy && input.Policy != template.Policy()
        ? (null, ApiProblem.InvalidInput("template.differs", "policy", $"The policy comes from the template {template.Name}: leave policy out, or set template to null."))
        : (input with { Policy = template.Policy(), TemplateId = template.Id }, null);

    private static Task<int> SetAsync(StoreWrite write, PolicyTemplate template, StsPolicy policy, CancellationToken cancellationToken)
    {
        (template.Mode, template.Mx, template.MaxAge) = (policy.Mode, StoredPolicy.MxColumn(policy), policy.MaxAge);
        (template.Revision, template.UpdatedAt) = (write.Revision, write.At);
        // Its number comes from the database.
        return write.Db.SaveChangesAsync(cancellationToken);
    }

    // What a tenant may not do to one of the domains, he may not do to it by way of a template; and it must not keep him from mending the others.
    private static async Task<HashSet<long>> LeavingAsync(StoreWrite write, Caller caller, List<HostedDomain> rows, CancellationToken cancellationToken)
    {
        if (caller.IsProvider || rows.Count == 0)
        {
            return [];
        }

        var templateId = rows[0].TemplateId;
        var lost = await write.Db.DomainProofs.Where(proof => proof.LostSince != null && write.Db.Domains.Any(row => row.Id == proof.DomainId && row.TemplateId == templateId))
            .Select(proof => proof.DomainId).ToListAsync(cancellationToken);
        return [.. rows.Where(row => row.State == DomainState.Suspended).Select(row => row.Id), .. rows.Where(row => row.IsServed).Select(row => row.Id).Intersect(lost)];
    }

    private static ApiProblem TemplateChanged() => ApiProblem.PreconditionFailed("The template is not as If-Match says: someone changed it, or it does not exist. Read it again.");

    private static string Describe(StsPolicy policy) => $"{policy.Mode.ToWord()}, max_age {policy.MaxAge}, {policy.Mx.Count} mx";
}
