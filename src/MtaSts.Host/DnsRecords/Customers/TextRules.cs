using MtaSts.Host.DnsRecords.Gate;

namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>TXT records that a customer publishes himself: how are they wrong? Pure.</summary>
internal static class TextRules
{
    private const string StsVersion = "v=STSv1";
    private const string ReportsVersion = "v=TLSRPTv1";

    /// <summary>Whether senders would take it for a record of MTA-STS, or nearly.</summary>
    public static bool IsSts(string text) => text.StartsWith(StsVersion, StringComparison.OrdinalIgnoreCase);

    public static bool IsReports(string text) => text.StartsWith(ReportsVersion, StringComparison.OrdinalIgnoreCase);

    /// <summary>The one id that senders read there; null: none.</summary>
    public static string? IdOf(IReadOnlyList<string> texts) => StsRecord.Read(texts) is { IsValid: true } reading ? reading.Id : null;

    public static Verdict PolicyId(CustomerRecord record, IReadOnlyList<string> texts, string policyId)
    {
        string[] ours = [.. texts.Where(IsSts)];
        var set = $"leave one there, with the text {record.Wanted[0]}.";
        if (ours.Length == 0)
        {
            return Verdict.Absent(record);
        }

        if (ours.Length > 1)
        {
            return Verdict.Wrong(new RecordProblem(CustomerCodes.TextSeveral, $"{record.Name} has {ours.Length} TXT records that begin with {StsVersion}, so senders take it that there is no policy: {set}", "RFC 8461 3.1"));
        }

        var reading = StsRecord.Read(ours);
        if (reading.Errors.FirstOrDefault(error => error.Code == SyntaxCodes.IdSyntax) is { } badId)
        {
            return Verdict.Wrong(new RecordProblem(CustomerCodes.TextId, $"{record.Name}: {badId.Message} A hyphen, a dot or a space makes senders pass over the whole record. The id is {policyId}.", badId.Rfc));
        }

        if (reading.Errors is [{ } error, ..])
        {
            return Verdict.Wrong(new RecordProblem(CustomerCodes.TextSyntax, $"{record.Name}: {error.Message} Senders pass over the whole record; {set}", error.Rfc));
        }

        return reading.Id == policyId
            ? Verdict.Ok
            : Verdict.Wrong(new RecordProblem(CustomerCodes.TextLags, $"{record.Name} gives the id {reading.Id}, and the policy's is {policyId}: senders stay with the policy they hold until the TXT has the new one.", "RFC 8461 8.1"));
    }

    /// <summary>While the policy's own id must not be set: it is named nowhere.</summary>
    public static Verdict Held(CustomerRecord record, IReadOnlyList<string> texts, string policyId, GateHold hold)
    {
        var waits = new RecordProblem(hold.Code, hold.Reason);
        // A text of former times is no alternative to a CNAME.
        return record.Type != "TXT" ? Verdict.Optional
            : !texts.Any(IsSts) ? (record.Use == RecordUse.Needed ? new Verdict(CustomerState.Waiting, waits) : Verdict.Optional)
            : IdOf(texts) is not { } id
                ? Verdict.Wrong(new RecordProblem(CustomerCodes.TextSyntax, $"{record.Name}: what begins with {StsVersion} there is not one record that senders take: take it out; what to set is shown when the policy may be announced.", "RFC 8461 3.1"), waits)
            : id == policyId
                ? Verdict.Wrong(new RecordProblem(CustomerCodes.TextEarly, $"{record.Name} gives the id of a policy in enforce before the mail servers were found fit for it: take the TXT out until it is asked for, or mend the mail servers."), waits)
            : new Verdict(CustomerState.Ok, waits);
    }

    public static Verdict Reports(CustomerRecord record, IReadOnlyList<string> texts, IReadOnlyList<string> rua)
    {
        string[] ours = [.. texts.Where(IsReports)];
        if (ours.Length == 0)
        {
            return Verdict.Absent(record);
        }

        if (ours.Length > 1)
        {
            return Verdict.Wrong(new RecordProblem(CustomerCodes.ReportsSeveral, $"{record.Name} has {ours.Length} TXT records that begin with {ReportsVersion}, so nobody sends reports: leave one there.", "RFC 8460 3"));
        }

        var reading = TlsRptRecord.Read(ours);
        return reading.Errors is [{ } error, ..] ? Verdict.Wrong(new RecordProblem(CustomerCodes.ReportsSyntax, $"{record.Name}: {error.Message} Nobody sends reports.", error.Rfc))
            : reading.Rua.Order(StringComparer.Ordinal).SequenceEqual(rua.Order(StringComparer.Ordinal)) ? Verdict.Ok
            : Verdict.Wrong(new RecordProblem(CustomerCodes.ReportsDiffer, $"{record.Name} names other addresses for reports than the domain's tlsRpt: set the TXT to {record.Wanted[0]}, or change tlsRpt.", "RFC 8460 3"));
    }

    public static Verdict Proof(CustomerRecord record, NameView view, string label) =>
        view.Texts.Contains(label, StringComparer.Ordinal) ? Verdict.Ok
        : view.Texts.Count > 0 ? Verdict.Wrong(new RecordProblem(CustomerCodes.ProofOther, $"{record.Name} holds another text than this domain's: set the TXT to {record.Wanted[0]}."))
        : Verdict.Absent(record);
}
