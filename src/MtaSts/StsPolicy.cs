using System.Text;

namespace MtaSts;

/// <summary>
/// One valid policy (RFC 8461 §3.2). Its invariants hold for every instance: a known mode, a pattern at least unless the mode is
/// <c>none</c>, <c>max_age</c> within its range. Immutable with equality by value, safe from any thread.
/// </summary>
public sealed class StsPolicy : IEquatable<StsPolicy>
{
    /// <summary>Makes a policy; the patterns keep their order and their repeats.</summary>
    /// <exception cref="ArgumentException">An invariant does not hold.</exception>
    public StsPolicy(StsMode mode, IEnumerable<MxPattern> mx, int maxAge)
    {
        ArgumentNullException.ThrowIfNull(mx);
        var patterns = mx.ToArray();
        if (!Enum.IsDefined(mode))
        {
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a mode of RFC 8461.");
        }

        if (Array.Exists(patterns, pattern => pattern is null))
        {
            throw new ArgumentException("A pattern is null.", nameof(mx));
        }

        if (patterns.Length == 0 && mode != StsMode.None)
        {
            throw new ArgumentException("Only a policy of mode none may be without mx (RFC 8461 3.2).", nameof(mx));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(maxAge);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxAge, StsLimits.MaxMaxAge);
        Mode = mode;
        Mx = Array.AsReadOnly(patterns);
        MaxAge = maxAge;
    }

    /// <summary>What senders do with mail when the policy does not hold.</summary>
    public StsMode Mode { get; }

    /// <summary>The patterns in their order. A host that matches one of them is covered.</summary>
    public IReadOnlyList<MxPattern> Mx { get; }

    /// <summary>Seconds for which senders may keep the policy.</summary>
    public int MaxAge { get; }

    /// <summary>
    /// The text as it is served: <c>version</c> first, CRLF after every line. RFC 8461 §3.2 leaves the order of the fields and LF or
    /// CRLF open; this is the form of its example, which every known sender reads.
    /// </summary>
    public string ToText()
    {
        var text = new StringBuilder("version: STSv1\r\nmode: ").Append(Mode.ToWord()).Append("\r\n");
        foreach (var pattern in Mx)
        {
            text.Append("mx: ").Append(pattern.Text).Append("\r\n");
        }

        return text.Append("max_age: ").Append(MaxAge).Append("\r\n").ToString();
    }

    /// <summary>The octets of <see cref="ToText"/>; all of them are ASCII.</summary>
    public byte[] ToUtf8() => Encoding.UTF8.GetBytes(ToText());

    /// <inheritdoc/>
    public bool Equals(StsPolicy? other) => other is not null && Mode == other.Mode && MaxAge == other.MaxAge && Mx.SequenceEqual(other.Mx);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StsPolicy);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Mode, MaxAge, Mx.Count, Mx.Count == 0 ? null : Mx[0]);

    /// <summary>The same as <see cref="ToText"/>.</summary>
    public override string ToString() => ToText();

    /// <summary>Same mode, patterns in the same order, and maximum age.</summary>
    public static bool operator ==(StsPolicy? left, StsPolicy? right) => Equals(left, right);

    /// <summary>Not the same policy.</summary>
    public static bool operator !=(StsPolicy? left, StsPolicy? right) => !Equals(left, right);
}
