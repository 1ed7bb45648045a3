using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains;

/// <summary>An edit that a guard looks at when it could stop mail: tried, judged outside its transaction, and tried again with what was found.</summary>
internal static class GuardedEdit
{
    public static readonly (string Name, string Description) Force = ("force", "`true` makes an edit that would keep senders from delivering all the same, and is audited (admin).");

    // Another's edit in between makes another policy of a merge patch.
    private const int Rounds = 3;

    /// <param name="guard">Who judges.</param>
    /// <param name="context">`?force=true` of an admin goes past the guard.</param>
    /// <param name="edit">Makes the edit, or says which policy it needs judged.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    public static async Task<DomainEdit> RunAsync(IEditGuard guard, HttpContext context, Func<Clearance?, Task<DomainEdit>> edit, CancellationToken cancellationToken)
    {
        var (isForced, problem) = ReadForce(context);
        if (problem is not null)
        {
            return problem;
        }

        Clearance? clearance = null;
        for (var round = 0; round < Rounds; round++)
        {
            var done = await edit(clearance);
            if (done.Unguarded is not { } wanted)
            {
                return done;
            }

            // Where nobody can tell, its own id waits.
            if (wanted.IsFirst && await guard.IsAnnouncedAsync(wanted.Domain, cancellationToken) != true)
            {
                clearance = Clearance.Unannounced(wanted);
                continue;
            }

            if (await context.RequestServices.GetRequiredService<GuardPlaces>().TryEnterAsync(Caller.Of(context).TenantId, cancellationToken) is not { } place)
            {
                return GuardPlaces.Busy(context);
            }

            (clearance, var refusal) = await JudgeAsync(guard, place, wanted, isForced, cancellationToken);
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return ApiProblem.Conflict("domain.changing", "The domain is being changed by others all the time; read it again.");
    }

    /// <summary>What the edit needs to be made, or why it must not be made.</summary>
    /// <param name="guard">Who judges.</param>
    /// <param name="place">Is given back when the look at the mail servers has ended.</param>
    /// <param name="wanted">What is to be judged.</param>
    /// <param name="isForced">An admin takes it upon himself.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    public static async Task<(Clearance? Clearance, ApiProblem? Refusal)> JudgeAsync(
        IEditGuard guard, IDisposable place, UnguardedPolicy wanted, bool isForced, CancellationToken cancellationToken)
    {
        var finding = await JudgeAsync(guard, wanted, place).WaitAsync(cancellationToken);
        if (finding.IsRefused && !isForced)
        {
            return (null, new ApiProblem(StatusCodes.Status409Conflict, finding.Code, finding.Message, finding.Findings));
        }

        var forced = finding.IsRefused ? string.Join(", ", finding.Findings.Select(one => one.Code).Prepend(finding.Code).Distinct()) : null;
        return (new Clearance(wanted.Policy, finding.Findings, forced), null);
    }

    // To its end, also when whoever edits has gone: else hanging up would make room for another look while the connections of this one are still open.
    private static async Task<GuardFinding> JudgeAsync(IEditGuard guard, UnguardedPolicy wanted, IDisposable place)
    {
        using (place)
        {
            return await guard.JudgeAsync(wanted.Domain, wanted.Policy, isOneOfMany: false, CancellationToken.None);
        }
    }

    /// <summary>`?force=true`, which is an admin's.</summary>
    public static (bool IsForced, ApiProblem? Problem) ReadForce(HttpContext context)
    {
        var isForced = false;
        if (context.Request.Query.TryGetValue("force", out var text) && !bool.TryParse(text, out isForced))
        {
            return (false, ApiProblem.InvalidInput("force.value", "force", "force must be true or false."));
        }

        return isForced && Caller.Of(context).Refuse(ApiRole.Admin) is { } refusal ? (false, refusal) : (isForced, null);
    }
}
