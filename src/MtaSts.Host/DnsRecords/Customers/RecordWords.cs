using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>The words of the API for records.</summary>
internal static class RecordWords
{
    public const string Customer = "customer";
    public const string Provider = "provider";

    /// <summary>Of a published id alone: our record is live, and the customer does not lead senders there.</summary>
    public const string WaitingForCustomer = "waitingForCustomer";

    public static string Of(CustomerState state) => state switch
    {
        CustomerState.Ok => "ok",
        CustomerState.Optional => "optional",
        CustomerState.Missing => "missing",
        CustomerState.Wrong => "wrong",
        CustomerState.Remove => "remove",
        CustomerState.Waiting => Of(DnsRecordState.WaitingForHttps),
        _ => "unknown",
    };

    public static string Of(DnsRecordState state) => state switch
    {
        DnsRecordState.Absent => "absent",
        DnsRecordState.WaitingForHttps => "waitingForHttps",
        DnsRecordState.Publishing => "publishing",
        DnsRecordState.Verifying => "verifying",
        DnsRecordState.Live => "live",
        DnsRecordState.Drift => "drift",
        DnsRecordState.Failed => "failed",
        _ => "removing",
    };

    public static string Of(RecordPurpose purpose) => purpose switch
    {
        RecordPurpose.Host => "host",
        RecordPurpose.PolicyId => "policyId",
        RecordPurpose.Reports => "reports",
        RecordPurpose.Challenge => "challenge",
        _ => "proof",
    };

    public static string Of(RecordUse use) => use switch
    {
        RecordUse.Needed => "needed",
        RecordUse.Alternative => "alternative",
        _ => "optional",
    };
}
