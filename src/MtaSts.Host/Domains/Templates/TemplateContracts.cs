using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.Templates;

/// <summary>`PUT /templates/{name}`; `tenant` null: all tenants may use it (provider keys). A tenant's key may leave it out.</summary>
internal sealed record PutTemplateRequest(string? Tenant, PolicyResource Policy);

/// <summary>`PATCH /templates/{name}`: a merge patch; what is left out stays.</summary>
internal sealed record PatchTemplateRequest(PolicyPatch Policy);

/// <summary>`POST /templates/{name}/preview`.</summary>
internal sealed record PreviewRequest(PolicyResource Policy);

/// <param name="Name">Letters, digits and hyphens, lower case.</param>
/// <param name="Tenant">Whose it is; null: all tenants may use it.</param>
/// <param name="Policy">Of the template, and of all its domains.</param>
/// <param name="Domains">How many domains have it; of a tenant's key, of his own.</param>
/// <param name="Warnings">Come with PUT and PATCH.</param>
/// <param name="Revision">Of its last edit.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
internal sealed record TemplateResource(string Name, string? Tenant, PolicyResource Policy, int Domains, IReadOnlyList<FieldError> Warnings, long Revision, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

/// <summary>What a change would do.</summary>
/// <param name="Domains">How many domains have the template.</param>
/// <param name="Changed">How many of them would have a new version.</param>
/// <param name="Problems">What the guard would refuse; `field` is the domain.</param>
internal sealed record PreviewResource(int Domains, int Changed, IReadOnlyList<FieldError> Problems);

[JsonSerializable(typeof(PutTemplateRequest))]
[JsonSerializable(typeof(PatchTemplateRequest))]
[JsonSerializable(typeof(PreviewRequest))]
[JsonSerializable(typeof(TemplateResource))]
[JsonSerializable(typeof(Page<TemplateResource>))]
[JsonSerializable(typeof(PreviewResource))]
internal sealed partial class TemplatesJson : JsonSerializerContext;
