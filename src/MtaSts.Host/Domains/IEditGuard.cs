using MtaSts.Host.Api;

namespace MtaSts.Host.Domains;

/// <summary>
/// Would mail still come under a policy in `enforce`? Asked before an edit, outside its transaction, for it goes to DNS and to mail servers. Declared here and
/// implemented above, where mail servers are looked at.
/// </summary>
internal interface IEditGuard
{
    /// <param name="domain">Whose.</param>
    /// <param name="policy">As it would be, in `enforce`.</param>
    /// <param name="isOneOfMany">Of many domains that are asked for at once: what was seen at a mail server some minutes ago will do.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<GuardFinding> JudgeAsync(MailDomain domain, StsPolicy policy, bool isOneOfMany, CancellationToken cancellationToken);

    /// <summary>
    /// Whether DNS tells senders already that the domain has a policy, as for one that moves in: they fetch whatever text is served, whoever gave the id. Null where nobody
    /// can tell; false also where edits are not judged. The name servers of the zones are asked, no resolver.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<bool?> IsAnnouncedAsync(MailDomain domain, CancellationToken cancellationToken);
}

/// <param name="IsRefused">The edit must not be made, unless somebody takes it upon himself.</param>
/// <param name="Code">Of the refusal.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Findings">All that was found; warnings of an edit that is made.</param>
internal sealed record GuardFinding(bool IsRefused, string Code, string Message, IReadOnlyList<FieldError> Findings)
{
    public static readonly GuardFinding None = new(false, "", "", []);
}

/// <summary>This very policy was judged: an edit that would make another one has to be judged again.</summary>
/// <param name="Policy">That was judged.</param>
/// <param name="Warnings">For the answer.</param>
/// <param name="Forced">What an admin has gone past, for the audit; null: nothing.</param>
/// <param name="IsJudged">False: it is the first one, and nothing in DNS leads senders to it, so that it may be served while its id waits.</param>
internal sealed record Clearance(StsPolicy Policy, IReadOnlyList<FieldError> Warnings, string? Forced, bool IsJudged = true)
{
    public bool IsFor(StsPolicy policy) => IsJudged && Policy == policy;

    public static Clearance Unannounced(UnguardedPolicy wanted) => new(wanted.Policy, [], null, IsJudged: false);
}
