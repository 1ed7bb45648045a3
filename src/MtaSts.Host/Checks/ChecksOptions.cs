namespace MtaSts.Host.Checks;

/// <summary>Section `Checks`.</summary>
internal sealed class ChecksOptions
{
    /// <summary>What happens to an edit that would keep senders from delivering.</summary>
    public GuardMode Guard { get; set; } = GuardMode.Refuse;

    /// <summary>PEM file of roots that checks trust beside those of the system: for a network with a CA of its own. Empty: none.</summary>
    public string TrustedRoots { get; set; } = "";

    /// <summary>What checks call themselves in EHLO (RFC 5321 §4.1.1.1). Empty: the address that they come from.</summary>
    public string EhloName { get; set; } = "";

    /// <summary>How often a served domain is checked.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How often while something is wrong with it.</summary>
    public TimeSpan EveryWhileWrong { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many such checks this node runs at once; 0: it leaves them to others.</summary>
    public int AtOnce { get; set; } = 16;

    /// <summary>How long events of advisories are kept.</summary>
    public TimeSpan KeepEvents { get; set; } = TimeSpan.FromDays(400);
}
