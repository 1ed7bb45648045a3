using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Templates;

/// <summary>What came of an edit of a template: the row, or why not.</summary>
/// <param name="Template">Null when there is a problem.</param>
/// <param name="Problem">Why nothing was changed.</param>
/// <param name="Created">Whether the row is new.</param>
/// <param name="Warnings">What is allowed and yet seldom meant.</param>
/// <param name="Unguarded">Nothing was changed yet: the policy has to be judged for these domains before (<see cref="IEditGuard"/>).</param>
internal sealed record TemplateEdit(PolicyTemplate? Template, ApiProblem? Problem = null, bool Created = false, IReadOnlyList<FieldError>? Warnings = null, IReadOnlyList<HostedDomain>? Unguarded = null)
{
    public static implicit operator TemplateEdit(ApiProblem problem) => new(null, problem);
}

/// <summary>This very policy was judged for these domains: one that has come to the template since has to be judged as well.</summary>
/// <param name="Judged">Their numbers.</param>
/// <param name="Leaving">Domains that keep their policy and leave the template, because the guard refuses the new one for them.</param>
/// <param name="Forced">What an admin has gone past, for the audit; null: nothing.</param>
internal sealed record TemplateClearance(IReadOnlySet<long> Judged, IReadOnlySet<long> Leaving, string? Forced);
