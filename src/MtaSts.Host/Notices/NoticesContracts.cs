using System.Text.Json.Serialization;
using MtaSts.Host.Api;

namespace MtaSts.Host.Notices;

/// <summary>`PUT …/notices`.</summary>
/// <param name="Emails">Five at most.</param>
/// <param name="Webhook">Where events are posted to.</param>
/// <param name="Severity">The least that is told; `warning` when left out.</param>
internal sealed record PutNoticesRequest(IReadOnlyList<string>? Emails, WebhookRequest? Webhook, [property: OneOf("warning", "error")] string? Severity);

/// <param name="Url">https, without user and fragment.</param>
/// <param name="Secret">`whsec_` and base64 of 24–64 bytes; left out: one is made for a new URL, and stays for the same one.</param>
internal sealed record WebhookRequest(string Url, string? Secret)
{
    /// <summary>Without the secret: what a log line shows of an object.</summary>
    public override string ToString() => "a webhook";
}

/// <param name="Emails">Addresses.</param>
/// <param name="Webhook">Where events are posted to.</param>
/// <param name="Severity">The least that is told.</param>
/// <param name="Delivery">How each of them does.</param>
/// <param name="Warnings">What keeps notices from going out although the target is right.</param>
/// <param name="CreatedAt">When it was put first.</param>
/// <param name="UpdatedAt">When it was put last.</param>
internal sealed record NoticesResource(
    IReadOnlyList<string> Emails,
    WebhookResource? Webhook,
    [property: OneOf("warning", "error")] string Severity,
    IReadOnlyList<DeliveryResource> Delivery,
    IReadOnlyList<FieldError> Warnings,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <param name="Url">As it was put.</param>
/// <param name="Secret">In the answer that made it, and never again.</param>
internal sealed record WebhookResource(string Url, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null)
{
    /// <summary>Without the secret: what a log line shows of an object.</summary>
    public override string ToString() => "a webhook";
}

/// <param name="Channel">Webhook or mail.</param>
/// <param name="Address">URL or mail address.</param>
/// <param name="State">`failing`: tried again with growing pauses; `givenUp`: daily; `gone`: not before the target is put again.</param>
/// <param name="Waiting">Events that wait.</param>
/// <param name="Dropped">Events that were dropped, because too many waited.</param>
/// <param name="NextTryAt">Null: nothing waits.</param>
/// <param name="LastError">What went wrong the last time; null: it went well.</param>
/// <param name="LastErrorAt">When.</param>
/// <param name="LastSuccessAt">When something was taken last.</param>
internal sealed record DeliveryResource(
    [property: OneOf("webhook", "mail")] string Channel,
    string Address,
    [property: OneOf("active", "failing", "givenUp", "gone")] string State,
    int Waiting,
    long Dropped,
    DateTimeOffset? NextTryAt,
    string? LastError,
    DateTimeOffset? LastErrorAt,
    DateTimeOffset? LastSuccessAt);

/// <summary>`POST …/notices/test`: what became of each message.</summary>
internal sealed record NoticeTestResource(IReadOnlyList<NoticeTestResult> Results);

/// <param name="Channel">Webhook or mail.</param>
/// <param name="Address">URL or mail address.</param>
/// <param name="Taken">Whether the other side took it.</param>
/// <param name="Status">Its answer, if there was one.</param>
/// <param name="Error">Why not.</param>
internal sealed record NoticeTestResult([property: OneOf("webhook", "mail")] string Channel, string Address, bool Taken, int? Status, string? Error);

[JsonSerializable(typeof(PutNoticesRequest))]
[JsonSerializable(typeof(NoticesResource))]
[JsonSerializable(typeof(NoticeTestResource))]
internal sealed partial class NoticesJson : JsonSerializerContext;
