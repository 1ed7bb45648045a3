using MtaSts.Host.Api;

namespace MtaSts.Host.Domains;

/// <summary>As many edits at once may have mail servers looked at; each look has up to sixteen connections.</summary>
internal sealed class GuardPlaces() : Places(most: 32, each: 4)
{
    public const string BusyCode = "guard.busy";

    public static ApiProblem Busy(HttpContext context) => ApiProblem.Busy(context, BusyCode, "The mail servers of as many edits as may be judged at once are being looked at.");
}
