using MtaSts.Acme;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;

namespace MtaSts.Host.Certificates.Overview;

/// <summary>`/certificates` for the provider, `/domains/{domain}/certificate` for whoever has the domain.</summary>
internal static class CertificatesApi
{
    private static readonly Dictionary<string, RevocationReason> Reasons = new()
    {
        ["keyCompromise"] = RevocationReason.KeyCompromise,
        ["superseded"] = RevocationReason.Superseded,
        ["cessationOfOperation"] = RevocationReason.CessationOfOperation,
        ["unspecified"] = RevocationReason.Unspecified,
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var certificates = api.MapGroup("/certificates").WithTags("Certificates");
        certificates.MapGet("", ListAsync).WithSummary("Lists policy hosts with their certificates (provider)")
            .WithPaging().WithQuery(("state", $"Only those whose issuing or whose certificate is in this state: {string.Join(", ", CertificateWords.All)}.")).Answers<Page<CertificateItem>>();
        certificates.MapGet("/summary", SummaryAsync).WithSummary("Counts, next renewals, and how the CAs do (provider)").Answers<CertificatesSummary>();

        var certificate = api.MapGroup("/domains/{domain}/certificate").WithTags("Certificate")
            .WithMetadata(new DocumentedParameter("tenant", "Whose domain, where several tenants hold the name (provider keys)."));
        certificate.MapGet("", GetAsync).WithSummary("Shows what the policy host presents, and how far its next certificate is").Answers<CertificateResource>();
        certificate.MapPost("/renewal", RenewAsync).WithSummary("Asks for a new certificate now; also goes on after a failure that was mended").Answers<CertificateResource>(202);
        certificate.MapPost("/revocation", RevokeAsync).WithSummary("Has the CA revoke the certificate, and orders the next one with a new key (provider)")
            .Takes<RevocationRequest>().Answers<CertificateResource>(202);
    }

    private static async Task<IResult> ListAsync(HttpContext context, CertificateList list, CancellationToken cancellationToken)
    {
        if (Caller.Of(context).RefuseUnlessProvider(ApiRole.Viewer) is { } refusal)
        {
            return refusal.ToResult();
        }

        var errors = new List<FieldError>();
        var filter = context.Request.Query.TryGetValue("state", out var state) && state.ToString() is { Length: > 0 } word ? word : null;
        if (filter is not null && !CertificateWords.All.Contains(filter))
        {
            errors.Add(new FieldError("state.value", "state", CertificateList.FilterHelp));
        }

        return Paging.Read(context.Request, errors) is { } paging
            ? Results.Json(await list.ReadAsync(filter, paging, cancellationToken))
            : ApiProblem.InvalidInput(errors).ToResult();
    }

    private static async Task<IResult> SummaryAsync(HttpContext context, CertificateSummaries summaries, CancellationToken cancellationToken) =>
        Caller.Of(context).RefuseUnlessProvider(ApiRole.Viewer)?.ToResult() ?? Results.Json(await summaries.ReadAsync(cancellationToken));

    private static async Task<IResult> GetAsync(string domain, HttpContext context, Store store, CertificateResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        return problem?.ToResult() ?? Results.Json(await resources.OfAsync(db, row!, cancellationToken));
    }

    private static async Task<IResult> RenewAsync(
        string domain, HttpContext context, Store store, CertificateEditor editor, CertificateResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainForEditAsync(db, domain, cancellationToken);
        problem ??= await editor.RenewAsync(Caller.Of(context).Actor, row!, cancellationToken);
        return problem?.ToResult() ?? Results.Json(await resources.OfAsync(db, row!, cancellationToken), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> RevokeAsync(
        string domain, HttpContext context, Store store, IServiceProvider services, CertificateEditor editor, CertificateResources resources, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (row, problem) = await context.FindDomainAsync(db, domain, cancellationToken);
        var caller = Caller.Of(context);
        problem ??= caller.RefuseUnlessProvider(ApiRole.Admin);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var (word, bodyProblem) = await ReadReasonAsync(context.Request);
        // Without a CA in the settings there is nobody to ask.
        bodyProblem ??= editor.Refuse(row!)
            ?? await services.GetRequiredService<CertificateRevocation>().RevokeAsync(caller.Actor, row!, Reasons[word!], word!, cancellationToken);
        return bodyProblem?.ToResult() ?? Results.Json(await resources.OfAsync(db, row!, cancellationToken), statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<(string? Word, ApiProblem? Problem)> ReadReasonAsync(HttpRequest request)
    {
        var (body, problem) = await JsonBody.ReadAsync(request, JsonBody.Json);
        if (problem is not null)
        {
            return (null, problem);
        }

        var errors = new List<FieldError>();
        var members = new JsonMembers(body, errors);
        var word = members.String("reason", required: true);
        if (word is not null && !Reasons.ContainsKey(word))
        {
            errors.Add(new FieldError("reason.value", "reason", $"reason must be one of {string.Join(", ", Reasons.Keys)}."));
        }

        members.RefuseOthers();
        return errors.Count > 0 ? (null, ApiProblem.InvalidInput(errors)) : (word, null);
    }
}
