namespace MtaSts.Host.Lookups;

/// <summary>What one server says of one name and type.</summary>
/// <param name="Server">Who was asked.</param>
/// <param name="Outcome">How it ended. A CNAME at the name is no record of another type: then it is `NoData` and <paramref name="Alias"/> is set.</param>
/// <param name="Data">Each record's data as in a zone file (names with their final dot, strings of TXT quoted), sorted, equal ones once.</param>
/// <param name="Texts">Of TXT records: the strings of each joined, in the order of <paramref name="Data"/>.</param>
/// <param name="Ttl">Seconds, the shortest of the records; 0 without any.</param>
/// <param name="Alias">Where a CNAME at this very name leads, lower case without final dot; it is not followed.</param>
internal sealed record ServerAnswer(AuthoritativeServer Server, ServerOutcome Outcome, IReadOnlyList<string> Data, IReadOnlyList<string> Texts, int Ttl, string? Alias)
{
    /// <summary>Seconds: of the CNAME at this name; 0 without one.</summary>
    public int AliasTtl { get; init; }

    /// <summary>Whether it is the server's word on the name, not a failure to get one.</summary>
    public bool IsWord => Outcome is ServerOutcome.Answer or ServerOutcome.NoData or ServerOutcome.NoName;
}
