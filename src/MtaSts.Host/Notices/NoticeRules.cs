using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MtaSts.Host.Api;
using MtaSts.Host.Checks.Watching;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;

namespace MtaSts.Host.Notices;

/// <summary>All rules of who may be told; all that is wrong comes back at once.</summary>
internal sealed class NoticeRules(OutboundAddresses outbound, IOptions<NetworkOptions> network)
{
    private const int MostEmails = 5;

    public NoticeWish? Read(JsonElement body, List<FieldError> errors)
    {
        var members = new JsonMembers(body, errors);
        var emails = Emails(members.Strings("emails") ?? [], errors);
        var webhook = members.Object("webhook");
        var url = webhook is null ? null : Url(webhook.String("url", required: true, maxLength: NoticeChannel.LongestAddress), errors);
        var secretText = webhook?.String("secret");
        var secret = secretText is null ? null : WebhookSecret.Parse(secretText);
        webhook?.RefuseOthers();
        if (secretText is not null && secret is null)
        {
            errors.Add(new FieldError("webhook.secret", "webhook.secret", "webhook.secret must be whsec_ and 24 to 64 bytes in base64."));
        }

        var word = members.String("severity") ?? "warning";
        var severity = WatchRules.SeverityOf(word);
        if (severity is null)
        {
            errors.Add(new FieldError("severity.unknown", "severity", "severity must be warning or error."));
        }

        members.RefuseOthers();
        if (errors.Count == 0 && emails.Count == 0 && url is null)
        {
            errors.Add(new FieldError("notices.empty", null, "Give emails, a webhook, or both; DELETE takes the target away."));
        }

        return errors.Count == 0 ? new NoticeWish(emails, url, secret, severity!.Value) : null;
    }

    private static List<string> Emails(IReadOnlyList<string> given, List<FieldError> errors)
    {
        if (given.Count > MostEmails)
        {
            errors.Add(new FieldError("emails.count", "emails", $"emails may have {MostEmails} addresses."));
            return [];
        }

        var emails = new List<string>();
        for (var i = 0; i < given.Count; i++)
        {
            if (MailAddresses.FindFault(given[i]) is { } fault)
            {
                errors.Add(new FieldError(fault.Code, string.Create(CultureInfo.InvariantCulture, $"emails[{i}]"), fault.Message));
                continue;
            }

            emails.Add(MailAddresses.Normalize(given[i]));
        }

        return [.. emails.Distinct(StringComparer.Ordinal)];
    }

    private string? Url(string? text, List<FieldError> errors)
    {
        if (text is null)
        {
            return null;
        }

        var before = errors.Count;
        // The parser passes over blanks, and takes \ for /.
        if (text.Any(letter => letter is <= ' ' or > '~' or '\\' or '"' or '<' or '>') || !Uri.TryCreate(text, UriKind.Absolute, out var url) || url.HostNameType is not (UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6))
        {
            Add("webhook.url", "webhook.url must be an absolute URL in ASCII, such as https://hooks.example.com/mta-sts.");
            return null;
        }

        if (url.Scheme != Uri.UriSchemeHttps && !(url.Scheme == Uri.UriSchemeHttp && network.Value.AllowPrivateAddresses))
        {
            Add("webhook.scheme", "webhook.url must begin with https://.");
        }

        if (url.UserInfo.Length > 0 || text.Contains('@', StringComparison.Ordinal) && text.IndexOf('@', StringComparison.Ordinal) < AuthorityEnd(text))
        {
            Add("webhook.user", "webhook.url must hold neither user nor password: the signature says who sends.");
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            Add("webhook.fragment", "webhook.url must have no fragment.");
        }

        if (IPAddress.TryParse(url.IdnHost, out var address) && !outbound.Allows(address))
        {
            Add("webhook.address", "Requests do not go to this address: it is private or special.");
        }

        return errors.Count > before ? null : url.AbsoluteUri.Length <= NoticeChannel.LongestAddress ? url.AbsoluteUri : TooLong();

        void Add(string code, string message) => errors.Add(new FieldError(code, "webhook.url", message));

        string? TooLong()
        {
            Add("field.length", $"webhook.url may have {NoticeChannel.LongestAddress} characters.");
            return null;
        }
    }

    private static int AuthorityEnd(string text)
    {
        var begin = text.IndexOf("//", StringComparison.Ordinal) + 2;
        var end = text.IndexOfAny(['/', '?', '#'], begin);
        return end < 0 ? text.Length : end;
    }
}
