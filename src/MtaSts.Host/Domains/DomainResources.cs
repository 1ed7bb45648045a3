using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains.MailServers;
using MtaSts.Host.Domains.Ownership;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains;

/// <summary>Rows -> what the API shows. Asks the store once for all rows of a page.</summary>
internal sealed class DomainResources(IServingStatus serving, IPublishedIds published, VersionClosing closing, IOptions<DnsOptions> dns, TrustedClock trustedClock, TimeProvider clock)
{
    /// <summary>The answer to a request for one domain: the problem, or the domain with its entity tag.</summary>
    public async Task<IResult> AnswerAsync(HttpContext context, HostDbContext db, DomainEdit edit, int status, CancellationToken cancellationToken)
    {
        if (edit.Problem is not null)
        {
            return edit.Problem.ToResult();
        }

        if (!HttpMethods.IsGet(context.Request.Method))
        {
            await UntilServedAsync(edit.Domain!, cancellationToken);
            await closing.CloseIfAloneAsync(db, edit.Domain!, serving.ServedVersion(DomainOf(edit.Domain!), edit.Domain!.Id) >= edit.Domain.Version, cancellationToken);
        }

        context.Response.Headers.ETag = IfMatch.EntityTag(edit.Domain!.Revision);
        return Results.Json(await OfAsync(db, edit.Domain, edit.Warnings, cancellationToken), statusCode: status);
    }

    private async Task<DomainResource> OfAsync(HostDbContext db, HostedDomain row, IReadOnlyList<FieldError>? warnings, CancellationToken cancellationToken) =>
        (await OfAsync(db, [row], warnings, cancellationToken))[0];

    public async Task<IReadOnlyList<DomainResource>> OfAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, IReadOnlyList<FieldError>? warnings, CancellationToken cancellationToken)
    {
        var served = rows.ToDictionary(row => row.Id, row => row.IsServed ? serving.ServedVersion(DomainOf(row), row.Id) : null);
        var ids = rows.Where(row => served[row.Id] is not null || row.State == DomainState.Removing).Select(row => row.Id).ToList();

        // Only what is shown: the version that is out, and, for a removal's dates, all that a sender may hold.
        var versions = ids.Count == 0
            ? []
            : await db.PolicyVersions
                .Where(version => ids.Contains(version.DomainId) && version.ServedFrom != null
                    && (version.ServedUntil == null || version.Number >= version.Domain!.Version - 1 || version.Domain.State == DomainState.Removing))
                .ToListAsync(cancellationToken);
        var byDomain = versions.ToLookup(version => version.DomainId);
        var former = await FormerlyCachedUntilAsync(db, rows, cancellationToken);
        var inDns = await published.OfAsync(db, rows, cancellationToken);
        var all = rows.Select(row => row.Id).ToList();
        var proofs = await db.DomainProofs.Where(proof => all.Contains(proof.DomainId)).ToDictionaryAsync(proof => proof.DomainId, cancellationToken);
        var followings = rows.Any(row => row.MxSource == MxSource.Dns)
            ? await db.MxFollowings.Where(following => all.Contains(following.DomainId)).ToDictionaryAsync(following => following.DomainId, cancellationToken)
            : [];
        var longAgo = clock.GetUtcNow() - ProofTimes.DormantAfter;
        var hasDormant = proofs.Values.Any(proof => proof.LostSince <= longAgo) && await trustedClock.IsTrustedAsync(cancellationToken);
        return
        [
            .. rows.Select(row => Resource(
                row,
                row.MxSource == MxSource.Dns && followings.GetValueOrDefault(row.Id) is { } following ? MxFollowingResource.Of(following) : null,
                served[row.Id],
                [.. byDomain[row.Id]],
                former.GetValueOrDefault(row.Name),
                Verification(row, proofs.GetValueOrDefault(row.Id), hasDormant ? longAgo : DateTimeOffset.MinValue),
                inDns.GetValueOrDefault(row.Id),
                warnings)),
        ];
    }

    /// <summary>After an edit: waits, within bounds, until this node serves it.</summary>
    private Task UntilServedAsync(HostedDomain row, CancellationToken cancellationToken) =>
        row.IsServed ? serving.UntilServedAsync(DomainOf(row), row.Id, row.Version, cancellationToken) : Task.CompletedTask;

    public static VersionResource Version(PolicyVersion version, DateTimeOffset now) => new(
        version.Number,
        version.PolicyId,
        Policy(version.Policy()),
        version.Policy().ToText(),
        version.Actor,
        version.Reason,
        version.CreatedAt,
        DomainRemoval.MayBeCachedUntil(version, now));

    public static string Word(DomainState state) => state switch
    {
        DomainState.Pending => "pending",
        DomainState.Active => "active",
        DomainState.Removing => "removing",
        _ => "suspended",
    };

    public static DomainState? State(string word) => word switch
    {
        "pending" => DomainState.Pending,
        "active" => DomainState.Active,
        "removing" => DomainState.Removing,
        "suspended" => DomainState.Suspended,
        _ => null,
    };

    /// <summary>Until when policies of former domains of these names may be held; asked only for what is being removed.</summary>
    private static async Task<Dictionary<string, DateTimeOffset?>> FormerlyCachedUntilAsync(HostDbContext db, IReadOnlyList<HostedDomain> rows, CancellationToken cancellationToken)
    {
        var names = rows.Where(row => row.State == DomainState.Removing).Select(row => row.Name).ToList();
        return names.Count == 0 ? [] : await db.KnownNames.Where(known => names.Contains(known.Name)).ToDictionaryAsync(known => known.Name, known => known.CachedUntil, cancellationToken);
    }

    private DomainResource Resource(
        HostedDomain row, MxFollowingResource? following, int? served, IReadOnlyList<PolicyVersion> versions, DateTimeOffset? formerlyCachedUntil, VerificationResource verification, PublishedDns? publishedDns, IReadOnlyList<FieldError>? warnings)
    {
        var domain = DomainOf(row);
        var since = versions.SingleOrDefault(version => version.Number == served)?.ServedFrom;
        return new DomainResource(
            row.Name,
            row.Tenant!.Name,
            row.Template?.Name,
            // From the columns as they are: a damaged row must not hide the others of its page.
            new PolicyResource(row.Mode.ToWord(), StoredPolicy.Lines(row.Mx), row.MaxAge),
            row.MxSource == MxSource.Dns ? "dns" : "manual",
            following,
            row.PolicyId,
            row.Version,
            row.Revision,
            Word(row.State),
            $"https://{domain.PolicyHost}/.well-known/mta-sts.txt",
            row.TlsRptRua is null ? null : new TlsRptResource(StoredPolicy.Lines(row.TlsRptRua)),
            warnings ?? [],
            new PublishedResource(since is null ? null : new PublishedHttps(served!.Value, since.Value), publishedDns),
            Removal(row, versions, formerlyCachedUntil, publishedDns),
            row.IsServed ? serving.Certificate(domain) : CertificateSummary.None,
            verification,
            row.CreatedAt,
            row.UpdatedAt);
    }

    private RemovalResource? Removal(HostedDomain row, IReadOnlyList<PolicyVersion> versions, DateTimeOffset? formerlyCachedUntil, PublishedDns? publishedDns)
    {
        if (row.RemovalStartedAt is not { } startedAt)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var cachedUntil = DomainRemoval.CachedUntil(row, versions, formerlyCachedUntil, now);
        DateTimeOffset? ownUntil = publishedDns is { IsCustomers: true } own ? DomainRemoval.OwnTextUntil(row, versions, cachedUntil, own) : null;
        var (recordUntil, hostUntil) = DomainRemoval.Dates(row, cachedUntil, ownUntil, now);
        return new RemovalResource(startedAt, recordUntil, hostUntil);
    }

    private VerificationResource Verification(HostedDomain row, DomainProof? proof, DateTimeOffset dormantSince)
    {
        var names = NamesOf(row);
        var state = !row.IsServed ? "pending"
            : proof is null || !ProofTimes.IsTenants(proof.Kind) ? "trusted"
            : proof.LostSince is not { } since ? "proven"
            : since <= dormantSince ? "dormant"
            : "lost";
        return new VerificationResource(
            state,
            proof?.Code,
            proof?.Reason,
            proof?.LookedAt,
            names.AliasTarget is { } target ? new ProofRecord(names.AliasName, target) : null,
            new ProofRecord(names.TextName, names.Label));
    }

    private ProofNames NamesOf(HostedDomain row) => new(row.Name, row.Label, dns.Value.Zone);

    public static PolicyResource Policy(StsPolicy policy) => new(policy.Mode.ToWord(), [.. policy.Mx.Select(pattern => pattern.Text)], policy.MaxAge);

    private static MailDomain DomainOf(HostedDomain row) => MailDomain.TryParse(row.Name, out var domain, out var error)
        ? domain
        : throw new InvalidDataException($"The store holds a domain name that no rule would have let in: {error.Message}");
}
