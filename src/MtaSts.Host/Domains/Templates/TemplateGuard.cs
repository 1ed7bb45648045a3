using System.Collections.Concurrent;
using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Domains.Templates;

/// <summary>A guard for all domains of a template: each is looked at, a number of them at once, and everything that was found is told.</summary>
internal static class TemplateGuard
{
    // Another's edit in between brings domains to the template.
    private const int Rounds = 3;

    private const int AtOnce = 16;
    private const int MostErrors = 100;

    // Whoever waits for the answer does so over HTTP; what is not judged by then is unknown.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(4);

    /// <param name="guard">Who judges.</param>
    /// <param name="policy">As it would be.</param>
    /// <param name="isForced">An admin takes it upon himself.</param>
    /// <param name="leaves">Domains that the guard refuses it for keep their policy and leave the template: one of many must not keep the others from an edit that they need.</param>
    /// <param name="edit">Makes the edit, or says which domains it needs judged.</param>
    /// <param name="cancellationToken">Of whoever edits.</param>
    public static async Task<TemplateEdit> RunAsync(IEditGuard guard, StsPolicy policy, bool isForced, bool leaves, Func<TemplateClearance?, Task<TemplateEdit>> edit, CancellationToken cancellationToken)
    {
        var (judged, leaving) = (new HashSet<long>(), new HashSet<long>());
        string? forced = null;
        TemplateClearance? clearance = null;
        for (var round = 0; round < Rounds; round++)
        {
            var done = await edit(clearance);
            if (done.Unguarded is not { } rows)
            {
                return done;
            }

            var refusals = await JudgeAsync(guard, rows, policy, cancellationToken);
            if (refusals.Count > 0 && leaves)
            {
                var names = refusals.Select(refusal => refusal.Domain).ToHashSet();
                leaving.UnionWith(rows.Where(row => names.Contains(row.Name)).Select(row => row.Id));
            }
            else if (refusals.Count > 0 && !isForced)
            {
                var isKnown = refusals.Exists(refusal => refusal.Finding.Code != "guard.unknown");
                return new ApiProblem(
                    StatusCodes.Status409Conflict,
                    isKnown ? "guard.refused" : "guard.unknown",
                    $"Mail of {refusals.Count} of the template's domains would not be delivered any more, or nobody knows whether it would; errors says why. Nothing was changed.",
                    Bounded([.. refusals.SelectMany(refusal => Errors(refusal.Domain, refusal.Finding))]));
            }

            judged.UnionWith(rows.Select(row => row.Id));
            forced = refusals.Count > 0 && !leaves ? $"{string.Join(", ", refusals.Select(refusal => refusal.Finding.Code).Distinct())} of {refusals.Count} domains" : forced;
            clearance = new TemplateClearance(judged, leaving, forced);
        }

        return ApiProblem.Conflict("template.changing", "The template's domains are being changed by others all the time; try again.");
    }

    /// <returns>Those that the guard refuses, by name.</returns>
    public static async Task<List<(string Domain, GuardFinding Finding)>> JudgeAsync(IEditGuard guard, IReadOnlyList<HostedDomain> rows, StsPolicy policy, CancellationToken cancellationToken)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Longest);
        var refusals = new ConcurrentBag<(string Domain, GuardFinding Finding)>();
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (row, _) =>
        {
            if (MailDomain.TryParse(row.Name, out var domain, out var _) && await JudgeAsync(guard, domain, policy, bound.Token, cancellationToken) is { IsRefused: true } finding)
            {
                refusals.Add((row.Name, finding));
            }
        });
        return [.. refusals.OrderBy(refusal => refusal.Domain, StringComparer.Ordinal)];
    }

    /// <summary>What an answer can hold.</summary>
    public static IReadOnlyList<FieldError> Bounded(IReadOnlyList<FieldError> errors) =>
        errors.Count <= MostErrors ? errors : [.. errors.Take(MostErrors), new FieldError("errors.more", null, $"And {errors.Count - MostErrors} more.")];

    public static IEnumerable<FieldError> Errors(string domain, GuardFinding finding) =>
        finding.Findings.Select(one => one with { Field = domain }).DefaultIfEmpty(new FieldError(finding.Code, domain, finding.Message));

    private static async Task<GuardFinding> JudgeAsync(IEditGuard guard, MailDomain domain, StsPolicy policy, CancellationToken bound, CancellationToken cancellationToken)
    {
        try
        {
            return await guard.JudgeAsync(domain, policy, isOneOfMany: true, bound);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new GuardFinding(true, "guard.unknown", $"The time was up before the mail servers of {domain} could be looked at.", []);
        }
    }
}
