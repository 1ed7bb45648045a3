using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;
using MtaSts.Host.Checks;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices.Webhooks;

/// <summary>What a webhook gets: some events, in their order. A test has none.</summary>
/// <param name="Id">The same for each try of the same events.</param>
/// <param name="SentAt">Of this try.</param>
/// <param name="Events">Each with an id of its own: a receiver that has seen it lets it pass.</param>
internal sealed record WebhookBody(string Id, DateTimeOffset SentAt, IReadOnlyList<WebhookEvent> Events)
{
    private static readonly WebhookJson Json = new(Options());

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Json.WebhookBody);

    private static JsonSerializerOptions Options()
    {
        var options = new JsonSerializerOptions();
        ApiJsonSetup.Configure(options);
        // Whoever puts it into a page unescaped should not be hurt by what a mail server said.
        options.Encoder = JavaScriptEncoder.Default;
        return options;
    }
}

/// <param name="Id">Unique among all events of this service.</param>
/// <param name="At">When it was found.</param>
/// <param name="Kind">`added`, `sustained` or `cleared`.</param>
/// <param name="Domain">Lower-case A-labels.</param>
/// <param name="Tenant">Whose domain; null: the tenant is gone.</param>
/// <param name="Code">Stable, such as `mx.not-in-policy`.</param>
/// <param name="Severity">`warning` or `error`.</param>
/// <param name="Subject">The name, address or pattern that it is about.</param>
/// <param name="Message">One sentence.</param>
/// <param name="Fix">What to do.</param>
/// <param name="Rfc">Where the rule stands.</param>
/// <param name="Enforced">Whether the policy was in `enforce`: an error stops mail then.</param>
/// <param name="Report">Path of the last report in the API.</param>
internal sealed record WebhookEvent(
    string Id, DateTimeOffset At, string Kind, string Domain, string? Tenant, string Code, string Severity, string Subject, string Message, string? Fix, string? Rfc, bool Enforced, string Report)
{
    public static WebhookEvent Of(AdvisoryEvent one, string? tenant)
    {
        var about = CheckCodes.Find(one.Code);
        return new WebhookEvent(
            $"evt_{one.Id}", one.At, EnumWords.Of(one.Kind), one.Domain, tenant, one.Code, EnumWords.Of(one.Severity), one.Subject, one.Message, about?.Fix, about?.Rfc, one.IsEnforced,
            $"/api/v1/domains/{one.Domain}/checks/latest");
    }
}

[JsonSerializable(typeof(WebhookBody))]
internal sealed partial class WebhookJson : JsonSerializerContext;
