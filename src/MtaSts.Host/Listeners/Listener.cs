namespace MtaSts.Host.Listeners;

/// <summary>The three named endpoints; each answers its own routes and nothing else.</summary>
internal enum Listener
{
    /// <summary>The policy over HTTPS, TLS-ALPN-01.</summary>
    Policy,

    /// <summary>HTTP-01 challenges.</summary>
    Challenge,

    /// <summary>API, OpenAPI, health, metrics, console.</summary>
    Admin,
}
