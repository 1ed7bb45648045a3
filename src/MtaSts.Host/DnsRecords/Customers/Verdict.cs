namespace MtaSts.Host.DnsRecords.Customers;

/// <summary>What one view of a name makes of one record.</summary>
internal sealed record Verdict(CustomerState State, params IReadOnlyList<RecordProblem> Problems)
{
    public static readonly Verdict Ok = new(CustomerState.Ok);
    public static readonly Verdict Optional = new(CustomerState.Optional);

    public static Verdict Wrong(params IReadOnlyList<RecordProblem> problems) => new(CustomerState.Wrong, problems);

    /// <summary>Not there: whether that matters is the record's use.</summary>
    public static Verdict Absent(CustomerRecord record, params IReadOnlyList<RecordProblem> problems) =>
        record.Use == RecordUse.Needed ? new Verdict(CustomerState.Missing, problems.Count > 0 ? problems : [new RecordProblem(CustomerCodes.Missing, $"{record.Name} {record.Type} is not set yet: set it.")]) : Optional;
}
