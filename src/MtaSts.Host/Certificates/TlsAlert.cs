namespace MtaSts.Host.Certificates;

/// <summary>The alerts that we send ourselves, before TLS has begun (RFC 8446 §6).</summary>
internal enum TlsAlert : byte
{
    /// <summary>What came is no ClientHello.</summary>
    UnexpectedMessage = 10,

    /// <summary>Well-formed, but not allowed.</summary>
    IllegalParameter = 47,

    /// <summary>Not well-formed.</summary>
    DecodeError = 50,

    InternalError = 80,

    /// <summary>RFC 8446 §9.2: what a server that needs the name says to a client of TLS 1.3 that sends none.</summary>
    MissingExtension = 109,

    /// <summary>RFC 6066 §3.</summary>
    UnrecognizedName = 112,

    /// <summary>RFC 7301 §3.2; RFC 8737 §3 for a challenge that is not open.</summary>
    NoApplicationProtocol = 120,
}
