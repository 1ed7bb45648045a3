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
                    return Changed();
                }

                if (template is null)
                {
                    template = new PolicyTemplate { Name = name, Scope = scope, TenantId = tenant?.Id, Mx = "", CreatedAt = write.At };
                    write.Db.PolicyTemplates.Add(template);
                    await SetAsync(write, template, policy, cancellationToken);
                    write.Audit(caller.Actor, "template.create", name, Describe(policy), tenant?.Name);
                    return new TemplateEdit(template, Created: true);
                }

                if (template.Policy() == policy)
                {
                    return new TemplateEdit(template);
                }

                var rows = await write.Db.Domains.Include(row => row.Tenant).Where(row => row.TemplateId == template.Id).OrderBy(row => row.Name).ToListAsync(cancellationToken);
                if (await RefuseAsync(write, caller, rows, cancellationToken) is { } refused)
                {
                    return refused;
                }

                var unguarded = rows.Where(row => row.IsServed && DomainRules.CouldStopMail(row.PolicyOrNull(), policy) && clearance?.Judged.Contains(row.Id) != true).ToList();
                if (unguarded.Count > 0)
                {
                    write.Db.ChangeTracker.Clear();
                    return new TemplateEdit(null, Unguarded: unguarded);
                }

                foreach (var names in rows.Select(row => row.Name).Distinct().Chunk(NamesAtOnce))
                {
                    await write.Db.KnownNames.Where(known => names.Contains(known.Name)).LoadAsync(cancellationToken);
                }

                if (policy.Mode != StsMode.Enforce || clearance is not null)
                {
                    write.Db.AnnouncementHolds.RemoveRange(await write.Db.AnnouncementHolds
                        .Where(hold => write.Db.Domains.Any(row => row.Id == hold.DomainId && row.TemplateId == template.Id)).ToListAsync(cancellationToken));
                }

                var changed = 0;
                foreach (var row in rows.Where(row => row.PolicyOrNull() != policy))
                {
                    await AddVersionAsync(write, caller.Actor, row, policy, cancellationToken, $"Template {name}.");
                    Note(write, caller, row, "domain.template", $"template {name}: {Describe(row)}");
                    changed++;
                }

                await SetAsync(write, template, policy, cancellationToken);
                var what = $"{Describe(policy)}; {changed} domains";
                write.Audit(caller.Actor, "template.change", name, clearance?.Forced is { } forced ? $"{what}; forced past {forced}" : what, template.Tenant?.Name);
                return new TemplateEdit(template, ChangedDomains: changed);
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
                    return Changed();
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

        var candidates = await write.Db.PolicyTemplates.Where(template => template.Name == name && (template.Scope == tenantId || template.Scope == PolicyTemplate.Shared)).ToListAsync(cancellationToken);
        // A tenant's own goes before the one that all may use.
        if (candidates.MaxBy(template => template.Scope) is not { } found)
        {
            return (null, ApiProblem.InvalidInput("template.unknown", "template", $"There is no template {name}."));
        }

        return input.HasPolicy && input.Policy != found.Policy()
            ? (null, ApiProblem.InvalidInput("template.differs", "policy", $"The policy comes from the template {name}: leave policy out, or set template to null."))
            : (input with { Policy = found.Policy(), TemplateId = found.Id }, null);
    }

    private static Task<int> SetAsync(StoreWrite write, PolicyTemplate template, StsPolicy policy, CancellationToken cancellationToken)
    {
        (template.Mode, template.Mx, template.MaxAge) = (policy.Mode, StoredPolicy.MxColumn(policy), policy.MaxAge);
        (template.Revision, template.UpdatedAt) = (write.Revision, write.At);
        // Its number comes from the database.
        return write.Db.SaveChangesAsync(cancellationToken);
    }

    // What a tenant may not do to one of the domains, he may not do to it by way of a template.
    private static async Task<ApiProblem?> RefuseAsync(StoreWrite write, Caller caller, List<HostedDomain> rows, CancellationToken cancellationToken)
    {
        if (caller.IsProvider || rows.Count == 0)
        {
            return null;
        }

        var templateId = rows[0].TemplateId;
        var lost = await write.Db.DomainProofs.Where(proof => proof.LostSince != null && write.Db.Domains.Any(row => row.Id == proof.DomainId && row.TemplateId == templateId))
            .Select(proof => proof.DomainId).ToListAsync(cancellationToken);
        var errors = rows.Where(row => row.State == DomainState.Suspended).Select(row => new FieldError("domain.suspended", row.Name, $"{row.Name} is suspended by the provider."))
            .Concat(rows.Where(row => row.IsServed && lost.Contains(row.Id)).Select(row => new FieldError(Ownership.ProofCodes.Lost, row.Name, $"The proof that {row.Name} is yours is not in DNS any more.")))
            .ToList();
        return errors.Count == 0
            ? null
            : new ApiProblem(StatusCodes.Status409Conflict, "template.domains", $"{errors.Count} domains of the template cannot be changed by you at the moment; give them a policy of their own (as it is) or mend that first.", TemplateGuard.Bounded(errors));
    }

    private static string Describe(StsPolicy policy) => $"{policy.Mode.ToWord()}, max_age {policy.MaxAge}, {policy.Mx.Count} mx";
}
