using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices;

/// <summary>A target as a caller wants it, found right.</summary>
internal sealed record NoticeWish(IReadOnlyList<string> Emails, string? Url, byte[]? Secret, AdvisorySeverity Severity)
{
    /// <summary>Without the secret: what a log line shows of an object.</summary>
    public override string ToString() => $"{Emails.Count} addresses, {(Url is null ? "no webhook" : "a webhook")}";
}
