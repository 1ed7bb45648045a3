using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>Looks for people, who ask what DNS would make of a domain or let an edit take its patterns from there: a bounded number at once. Safe from all threads.</summary>
internal sealed class MxShows(MxLook look) : Places(AtOnce, AtOnceEach)
{
    public const int AtOnce = 16;
    public const int AtOnceEach = 4;

    /// <param name="domain">Lower-case A-labels, no final dot.</param>
    /// <param name="tenantId">Who asks; null: the provider.</param>
    /// <param name="cancellationToken">Of whoever asks.</param>
    /// <returns>Null: there are too many at once.</returns>
    /// <exception cref="OperationCanceledException">The caller's token was cancelled.</exception>
    public async Task<MxSeen?> LookAsync(string domain, int? tenantId, CancellationToken cancellationToken)
    {
        using var place = await TryEnterAsync(tenantId, cancellationToken);
        return place is null ? null : await look.LookAsync(domain, cancellationToken);
    }

    public static ApiProblem Busy(HttpContext context) => ApiProblem.Busy(context, MxCodes.Busy, "As many domains as may be looked at at once are looked at.");
}
