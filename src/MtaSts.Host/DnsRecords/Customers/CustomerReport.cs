using System.Text.Json.Serialization;

namespace MtaSts.Host.DnsRecords.Customers;

internal enum CustomerState
{
    /// <summary>There, and right.</summary>
    Ok,

    /// <summary>Not there, and need not be.</summary>
    Optional,

    Missing,

    Wrong,

    /// <summary>To be taken out: the domain has been removed.</summary>
    Remove,

    /// <summary>DNS does not say.</summary>
    Unknown,

    /// <summary>Not to be set yet.</summary>
    Waiting,
}

/// <summary>What came of a look at a customer's zone. Immutable.</summary>
/// <param name="Records">In the order of <see cref="CustomerRecords"/>; a CAA record that concerns us after them.</param>
/// <param name="IsComplete">All that senders need is there and right.</param>
/// <param name="PublishedId">The id that the customer's own TXT record gives, with the record's state; null where there is none, and for domains that delegate.</param>
internal sealed record CustomerReport(IReadOnlyList<JudgedRecord> Records, bool IsComplete, (string PolicyId, CustomerState State)? PublishedId);

internal sealed record JudgedRecord(CustomerRecord Record, CustomerState State, IReadOnlyList<string> Observed, IReadOnlyList<ServerObservation> Servers, IReadOnlyList<RecordProblem> Problems);

/// <summary>How something is wrong, or worth a look.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">What is there and what to do, for who keeps the domain's DNS.</param>
/// <param name="Rfc">Where the rule stands, if in an RFC.</param>
internal sealed record RecordProblem(string Code, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rfc = null);
