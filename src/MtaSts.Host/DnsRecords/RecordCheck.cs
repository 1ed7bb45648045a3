namespace MtaSts.Host.DnsRecords;

internal enum CheckVerdict
{
    /// <summary>Every server gives exactly what is wanted.</summary>
    Same,

    /// <summary>None gives anything else, but not all of them answer.</summary>
    Silence,

    /// <summary>At least one gives something else, or nothing.</summary>
    Other,
}

/// <summary>What the authoritative servers give for one RRset, against what is wanted.</summary>
/// <param name="Verdict">Of all of them together.</param>
/// <param name="Code">Stable; null when all is well.</param>
/// <param name="Reason">For people.</param>
/// <param name="Observed">What each server gave, as JSON for the API: <see cref="ServerObservation"/>.</param>
internal sealed record RecordCheck(CheckVerdict Verdict, string? Code, string? Reason, string Observed);

/// <summary>What one server gave.</summary>
/// <param name="Server">Name and address.</param>
/// <param name="Outcome">Such as `answer`, `noName`, `timeout`.</param>
/// <param name="Data">Each record's data as in a zone file.</param>
internal sealed record ServerObservation(string Server, string Outcome, IReadOnlyList<string> Data);
