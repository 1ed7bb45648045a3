using MtaSts.Host.Access;
using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.MailServers;

/// <summary>An edit that takes its patterns from DNS: tried, looked up outside its transaction, and tried again with what was found.</summary>
internal static class MxSourceEdit
{
    public static async Task<DomainEdit> RunAsync(MxShows shows, HttpContext context, Func<MxSeen?, Task<DomainEdit>> edit, CancellationToken cancellationToken)
    {
        var done = await edit(null);
        if (done.Unseen is not { } domain)
        {
            return done;
        }

        if (await shows.LookAsync(domain.Name, Caller.Of(context).TenantId, cancellationToken) is not { } seen)
        {
            return MxShows.Busy(context);
        }

        return Refuse(seen) is { } problem ? new ApiProblem(StatusCodes.Status409Conflict, problem.Code, problem.Message, [problem]) : await edit(seen);
    }

    /// <returns>Why no edit can take its patterns from what was seen; null: it can.</returns>
    public static FieldError? Refuse(MxSeen seen) => seen.Problem ?? (seen.Differs
        ? new FieldError(
            MxCodes.Differs, "mxSource", $"Not all that were asked name the same mail servers of {seen.Domain}: agreed are {Words(seen.Everywhere)}, and in doubt {Words([.. seen.Anywhere.Except(seen.Everywhere)])}. A change of DNS takes its TTL to be everywhere; try again then.")
        : null);

    private static string Words(IReadOnlyList<string> names) => names.Count == 0 ? "none" : string.Join(", ", names);
}
