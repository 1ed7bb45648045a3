using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>What came of an edit: the row, or why not.</summary>
/// <param name="Domain">With its tenant; null when there is a problem, and after a removal.</param>
/// <param name="Problem">Why nothing was changed.</param>
/// <param name="Created">Whether the row is new.</param>
/// <param name="Warnings">What is allowed and yet seldom meant.</param>
/// <param name="Unseen">Nothing was changed yet: the mail servers of this domain have to be looked up before (<see cref="MailServers.MxSourceEdit"/>).</param>
/// <param name="Unguarded">Nothing was changed yet: this policy of this domain has to be judged before (<see cref="IEditGuard"/>).</param>
internal sealed record DomainEdit(
    HostedDomain? Domain, ApiProblem? Problem = null, bool Created = false, IReadOnlyList<FieldError>? Warnings = null, UnguardedPolicy? Unguarded = null,
    MailDomain? Unseen = null)
{
    public static implicit operator DomainEdit(ApiProblem problem) => new(null, problem);
}

/// <param name="Domain">Whose.</param>
/// <param name="Policy">As it would be, in `enforce`.</param>
/// <param name="IsFirst">It would be the first that this service serves for the domain: where nothing in DNS leads senders to it, its id waits instead.</param>
internal sealed record UnguardedPolicy(MailDomain Domain, StsPolicy Policy, bool IsFirst = false);
