using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;

namespace MtaSts.Host.Notices;

/// <summary>Who is told: of one tenant's domains under `/tenants/{name}/notices`, of all under `/notices`. The same handlers, with and without a tenant.</summary>
internal static class NoticesApi
{
    public static void Map(IEndpointRouteBuilder api)
    {
        foreach (var (path, tag) in new[] { ("/notices", "Provider notices"), ("/tenants/{name}/notices", "Tenant notices") })
        {
            var notices = api.MapGroup(path).WithTags(tag);
            notices.MapGet("", GetAsync).WithSummary("Shows who is told what is wrong, and how that goes").Answers<NoticesResource>();
            notices.MapPut("", PutAsync).WithSummary("Says who is told; the answer shows a new webhook's secret, this once").Takes<PutNoticesRequest>().Answers<NoticesResource>().Answers<NoticesResource>(201);
            notices.MapDelete("", DeleteAsync).WithSummary("Tells nobody any more").Answers(204);
            notices.MapPost("/test", TestAsync).WithSummary("Sends a test to each and says what happened").Answers<NoticeTestResource>();
        }
    }

    private static async Task<IResult> GetAsync(HttpContext context, Store store, MailRelay relay, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (targetId, refusal) = await FindAsync(context, db, cancellationToken);
        return refusal?.ToResult() ?? (await ResourceAsync(db, targetId, null, relay, cancellationToken) is { } resource ? Results.Json(resource) : None().ToResult());
    }

    private static async Task<IResult> PutAsync(HttpContext context, Store store, NoticeRules rules, NoticeEditor editor, MailRelay relay, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (targetId, refusal) = await FindAsync(context, db, cancellationToken);
        if (refusal is not null)
        {
            return refusal.ToResult();
        }

        var (body, problem) = await JsonBody.ReadAsync(context.Request, JsonBody.Json);
        if (problem is not null)
        {
            return problem.ToResult();
        }

        var errors = new List<FieldError>();
        if (rules.Read(body, errors) is not { } wish)
        {
            return ApiProblem.InvalidInput(errors).ToResult();
        }

        var (isFound, isNew, secret) = await editor.PutAsync(Caller.Of(context).Actor, targetId, TenantOf(context), wish, cancellationToken);
        return !isFound ? NoTenant(TenantOf(context)).ToResult()
            : Results.Json(await ResourceAsync(db, targetId, secret, relay, cancellationToken), statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task<IResult> DeleteAsync(HttpContext context, Store store, NoticeEditor editor, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (targetId, refusal) = await FindAsync(context, db, cancellationToken);
        return refusal?.ToResult()
            ?? (await editor.DeleteAsync(Caller.Of(context).Actor, targetId, TenantOf(context), cancellationToken) ? Results.NoContent() : None().ToResult());
    }

    private static async Task<IResult> TestAsync(
        HttpContext context, Store store, NoticeEditor editor, WebhookMessages webhooks, MailMessages mails, MailRelay relay, CancellationToken cancellationToken)
    {
        await using var db = store.Open();
        var (targetId, refusal) = await FindAsync(context, db, cancellationToken);
        if (refusal is not null)
        {
            return refusal.ToResult();
        }

        var channels = await Channels(db, targetId).ToListAsync(cancellationToken);
        if (channels.Count == 0)
        {
            return None().ToResult();
        }

        if (await editor.TakeTestAsync(targetId, cancellationToken) is { } wait)
        {
            context.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return new ApiProblem(StatusCodes.Status429TooManyRequests, "notices.tested", "A test a minute and ten a day is all there is; come again after Retry-After.").ToResult();
        }

        var results = await Task.WhenAll(channels.Select(async channel =>
        {
            var outcome = channel.Kind == NoticeChannelKind.Webhook ? await webhooks.SendTestAsync(channel, cancellationToken)
                : relay.IsConfigured ? await mails.SendTestAsync(channel.Address, cancellationToken)
                : new DeliveryOutcome(DeliveryEnd.RelayAway, MailOff().Message);
            return new NoticeTestResult(EnumWords.Of(channel.Kind), channel.Address, outcome.End == DeliveryEnd.Taken, outcome.Status, outcome.Error);
        }));
        return Results.Json(new NoticeTestResource(results));
    }

    private static async Task<NoticesResource?> ResourceAsync(HostDbContext db, int targetId, string? secret, MailRelay relay, CancellationToken cancellationToken)
    {
        var target = await db.NoticeTargets.SingleOrDefaultAsync(row => row.Id == targetId && row.IsOn, cancellationToken);
        if (target is null)
        {
            return null;
        }

        var channels = await Channels(db, targetId).ToListAsync(cancellationToken);
        var ids = channels.ConvertAll(channel => channel.Id);
        var waiting = await db.Notices.Where(row => ids.Contains(row.ChannelId)).GroupBy(row => row.ChannelId)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count, cancellationToken);
        var emails = channels.Where(channel => channel.Kind == NoticeChannelKind.Mail).Select(channel => channel.Address).ToList();
        return new NoticesResource(
            emails,
            channels.Where(channel => channel.Kind == NoticeChannelKind.Webhook).Select(channel => new WebhookResource(channel.Address, secret)).SingleOrDefault(),
            EnumWords.Of(target.Severity),
            channels.ConvertAll(channel => new DeliveryResource(
                EnumWords.Of(channel.Kind), channel.Address, EnumWords.Of(channel.State), waiting.GetValueOrDefault(channel.Id), channel.Dropped,
                channel.DueAt == NoticeChannel.Never ? null : channel.DueAt, channel.LastError, channel.LastErrorAt, channel.LastSuccessAt)),
            emails.Count > 0 && !relay.IsConfigured ? [MailOff()] : [],
            target.CreatedAt,
            target.UpdatedAt);
    }

    private static IQueryable<NoticeChannel> Channels(HostDbContext db, int targetId) =>
        db.NoticeChannels.Where(row => row.TargetId == targetId && row.Target!.IsOn).OrderBy(row => row.Kind).ThenBy(row => row.Id);

    // Another tenant's target is not there; the own tenant's is its admin's business, the provider's the provider admin's. A URL may hold a key: no other role reads it.
    private static async Task<(int TargetId, ApiProblem? Refusal)> FindAsync(HttpContext context, HostDbContext db, CancellationToken cancellationToken)
    {
        var (caller, name) = (Caller.Of(context), TenantOf(context));
        if (name is null)
        {
            return (NoticeTarget.Provider, caller.RefuseUnlessProvider(ApiRole.Admin));
        }

        var id = caller.IsProvider || caller.TenantName == name
            ? await db.Tenants.Where(row => row.Name == name).Select(row => (int?)row.Id).SingleOrDefaultAsync(cancellationToken)
            : null;
        return id is null ? (default, NoTenant(name)) : (id.Value, caller.Refuse(ApiRole.Admin));
    }

    private static string? TenantOf(HttpContext context) => (string?)context.Request.RouteValues["name"];

    private static ApiProblem NoTenant(string? name) => ApiProblem.NotFound("tenant.not_found", $"There is no tenant {name}.");

    private static ApiProblem None() => ApiProblem.NotFound("notices.none", "Nobody is told; PUT says who is.");

    private static FieldError MailOff() => new("mail.off", "emails", "No mail is sent: the provider has set no mail server (Mail:Server).");
}
