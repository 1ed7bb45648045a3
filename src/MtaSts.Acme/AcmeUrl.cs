namespace MtaSts.Acme;

/// <summary>What may be asked at all: https URLs of bounded length (RFC 8555 §6.1), without user name or fragment.</summary>
internal static class AcmeUrl
{
    public static Uri? TryResolve(Uri at, string text) =>
        text.Length <= AcmeLimits.MaxUrlLength && Uri.TryCreate(at, text, out var url) && IsUsable(url) ? url : null;

    public static bool IsUsable(Uri url) =>
        url.IsAbsoluteUri && url.Scheme == Uri.UriSchemeHttps && url.Host.Length > 0 && url.UserInfo.Length == 0 && url.Fragment.Length == 0
        && url.AbsoluteUri.Length <= AcmeLimits.MaxUrlLength;

    public static Uri Required(Uri url, string parameter)
    {
        ArgumentNullException.ThrowIfNull(url, parameter);
        return IsUsable(url) ? url : throw new ArgumentException("An absolute https URL without user name and fragment is needed.", parameter);
    }
}
