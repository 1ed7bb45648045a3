namespace MtaSts.Host.Checks;

/// <summary>What an advisory means for mail.</summary>
internal enum Severity
{
    /// <summary>Nothing is wrong.</summary>
    Info,

    /// <summary>Known senders stumble over it, or it will be an error.</summary>
    Warning,

    /// <summary>A strict sender finds no policy, or does not deliver in `enforce`.</summary>
    Error,
}
