namespace MtaSts.Host.Checks;

/// <summary>What happens to an edit that would keep senders from delivering.</summary>
internal enum GuardMode
{
    /// <summary>409, unless an admin forces it.</summary>
    Refuse,

    /// <summary>It is made, with warnings.</summary>
    Warn,

    /// <summary>Mail servers are not looked at.</summary>
    Off,
}
