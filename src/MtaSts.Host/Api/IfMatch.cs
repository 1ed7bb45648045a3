using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace MtaSts.Host.Api;

/// <summary>The `If-Match` header (RFC 9110 §13.1.1): an edit holds only while the resource is the one the caller has seen.</summary>
internal sealed class IfMatch(IList<EntityTagHeaderValue> tags, bool present)
{
    public static IfMatch Of(HttpRequest request)
    {
        var headers = new RequestHeaders(request.Headers);
        return new IfMatch(headers.IfMatch, request.Headers.ContainsKey(HeaderNames.IfMatch));
    }

    /// <summary>Of an edit that was made of what has this revision.</summary>
    public static IfMatch Of(long revision) => new([new EntityTagHeaderValue(EntityTag(revision))], present: true);

    /// <summary>Null when the resource does not exist: then any `If-Match` fails, `*` too.</summary>
    public bool Holds(long? revision) =>
        !present || (revision is not null && tags.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || (!tag.IsWeak && tag.Tag == EntityTag(revision.Value))));

    public static string EntityTag(long revision) => $"\"{revision}\"";
}
