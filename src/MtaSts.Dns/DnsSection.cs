namespace MtaSts.Dns;

/// <summary>Where in a message a record stands (RFC 1035 §4.1); the names of an update's sections beside them (RFC 2136 §2).</summary>
public enum DnsSection
{
    /// <summary>Answers; of an update the prerequisites.</summary>
    Answer = 1,

    /// <summary>Authorities; of an update the changes.</summary>
    Authority = 2,

    /// <summary>More that may help; EDNS and signature.</summary>
    Additional = 3,
}
