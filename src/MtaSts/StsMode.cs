using System.Diagnostics.CodeAnalysis;

namespace MtaSts;

/// <summary>What a sender does with mail when a policy does not hold (RFC 8461 §3.2 and §5).</summary>
public enum StsMode
{
    /// <summary>As if there were no policy; the way out of MTA-STS (RFC 8461 §8.3).</summary>
    None = 0,

    /// <summary>Deliver all the same, and report what would have failed.</summary>
    Testing = 1,

    /// <summary>Do not deliver to a host that fails the policy.</summary>
    Enforce = 2,
}

/// <summary>The words of the modes on the wire (RFC 8461 §3.2). Stateless, safe from any thread.</summary>
public static class StsModeWords
{
    /// <summary>The word of the policy text: <c>enforce</c>, <c>testing</c> or <c>none</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public static string ToWord(this StsMode mode) => mode switch
    {
        StsMode.None => "none",
        StsMode.Testing => "testing",
        StsMode.Enforce => "enforce",
        _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a mode of RFC 8461."),
    };

    /// <summary>Reads a word; upper case is not accepted, the grammar makes it case-sensitive (RFC 8461 §3.2).</summary>
    public static bool TryParse([NotNullWhen(true)] string? word, out StsMode mode)
    {
        (mode, var known) = word switch
        {
            "none" => (StsMode.None, true),
            "testing" => (StsMode.Testing, true),
            "enforce" => (StsMode.Enforce, true),
            _ => (StsMode.None, false),
        };
        return known;
    }
}
