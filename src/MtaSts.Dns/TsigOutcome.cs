namespace MtaSts.Dns;

/// <summary>What a signature is worth (RFC 8945 §5.3). Only <see cref="Valid"/> is one.</summary>
public enum TsigOutcome
{
    /// <summary>Made with the key, over this answer to this request, at this time.</summary>
    Valid,

    /// <summary>There is none.</summary>
    Missing,

    /// <summary>There is one without a MAC: the server could not check that of the request, and says why in its error (§5.3.2). It proves nothing.</summary>
    WithoutMac,

    /// <summary>Of another key, or of another algorithm.</summary>
    OtherKey,

    /// <summary>Made with another secret, or over something else, or cut.</summary>
    WrongMac,

    /// <summary>Right, but of another time than that of this clock.</summary>
    OtherTime,
}
