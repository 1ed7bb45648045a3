using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices;

/// <summary>Words of the API.</summary>
internal static class NoticeWords
{
    public static string Of(AdvisorySeverity severity) => severity == AdvisorySeverity.Error ? "error" : "warning";

    public static AdvisorySeverity? ParseSeverity(string word) => word switch
    {
        "error" => AdvisorySeverity.Error,
        "warning" => AdvisorySeverity.Warning,
        _ => null,
    };

    public static string Of(NoticeChannelKind kind) => kind == NoticeChannelKind.Webhook ? "webhook" : "mail";

    public static string Of(NoticeChannelState state) => state switch
    {
        NoticeChannelState.Active => "active",
        NoticeChannelState.Failing => "failing",
        NoticeChannelState.GivenUp => "givenUp",
        _ => "gone",
    };
}
