using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace MtaSts.Dns;

/// <summary>
/// A domain name: labels of octets, whole up to the root (RFC 1035 §3.1). At most 63 octets in a label and 255 in all. Compared without regard to the
/// case of ASCII letters (RFC 4343 §3), and kept as it was written. Immutable.
/// </summary>
public sealed class DnsName : IEquatable<DnsName>
{
    /// <summary>Most octets of a name in a message, lengths and root included.</summary>
    public const int MaxLength = 255;

    /// <summary>Most octets of a label.</summary>
    public const int MaxLabelLength = 63;

    // Two octets for a label at least, one for the root.
    internal const int MaxLabels = 127;

    private readonly byte[] _wire;

    private DnsName(byte[] wire) => _wire = wire;

    /// <summary>The root: no labels.</summary>
    public static DnsName Root { get; } = new([0]);

    /// <summary>As in a message, without pointers: each label behind its length, and the root's zero.</summary>
    public ReadOnlySpan<byte> Wire => _wire;

    /// <summary>Is it the root?</summary>
    public bool IsRoot => _wire.Length == 1;

    /// <summary>How many labels it has; the root has none.</summary>
    public int LabelCount
    {
        get
        {
            var count = 0;
            for (var at = 0; _wire[at] != 0; at += _wire[at] + 1)
            {
                count++;
            }

            return count;
        }
    }

    /// <summary>The first label's octets; empty for the root.</summary>
    public ReadOnlySpan<byte> FirstLabel => _wire.AsSpan(IsRoot ? 0 : 1, _wire[0]);

    /// <summary>The name without its first label; null for the root.</summary>
    public DnsName? Parent => IsRoot ? null : Of(_wire.AsSpan(_wire[0] + 1));

    /// <summary>Reads a name from its text (RFC 1035 §5.1, §2.3.1).</summary>
    /// <param name="text">With or without the final dot, always taken as whole. <c>\.</c> and <c>\DDD</c> write any octet; all else must be printable ASCII.</param>
    /// <exception cref="FormatException">It is not a name.</exception>
    public static DnsName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var name) ? name : throw new FormatException("Not a domain name: " + Shown(text));
    }

    /// <summary>Reads a name from its text, as <see cref="Parse"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DnsName? name)
    {
        name = text == "." ? Root : null;
        if (name is not null || string.IsNullOrEmpty(text))
        {
            return name is not null;
        }

        // Wire form: the length of the label that is being read stands at "start", and is set at the label's end.
        Span<byte> wire = stackalloc byte[MaxLength];
        int start = 0, length = 1;
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == '.')
            {
                if (length - start - 1 is 0 or > MaxLabelLength || length == MaxLength)
                {
                    return false;
                }

                wire[start] = (byte)(length - start - 1);
                start = length++;
                at++;
                continue;
            }

            if (length == MaxLength || !TryReadOctet(text, ref at, out wire[length++]))
            {
                return false;
            }
        }

        var last = length - start - 1;
        if (last > 0)
        {
            if (last > MaxLabelLength || length == MaxLength)
            {
                return false;
            }

            wire[start] = (byte)last;
            start = length++;
        }

        wire[start] = 0;
        name = new DnsName(wire[..length].ToArray());
        return true;
    }

    /// <summary>A name from its octets in a message, without pointers.</summary>
    /// <exception cref="ArgumentException">They are not one whole name.</exception>
    public static DnsName FromWire(ReadOnlySpan<byte> wire) =>
        IsWire(wire) ? Of(wire) : throw new ArgumentException("These octets are not one whole name.", nameof(wire));

    /// <summary>The name with one more label in front.</summary>
    /// <param name="label">The label's octets, 1 to 63.</param>
    /// <exception cref="ArgumentException">The label or the whole would not have an allowed length.</exception>
    public DnsName Prepend(ReadOnlySpan<byte> label)
    {
        if (label.Length is 0 or > MaxLabelLength || label.Length + 1 + _wire.Length > MaxLength)
        {
            throw new ArgumentException("The label is empty, or too long for a name.", nameof(label));
        }

        return new DnsName([(byte)label.Length, .. label, .. _wire]);
    }

    /// <summary>Is it <paramref name="other"/>, or below it?</summary>
    public bool IsAtOrBelow(DnsName other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (var at = 0; _wire.Length - at >= other._wire.Length; at += _wire[at] + 1)
        {
            if (_wire.Length - at == other._wire.Length)
            {
                return DnsNameComparer.SameWire(_wire.AsSpan(at), other._wire);
            }
        }

        return false;
    }

    /// <summary>Is it the same name, but for the case of ASCII letters?</summary>
    public bool Equals(DnsName? other) => other is not null && DnsNameComparer.SameWire(_wire, other._wire);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as DnsName);

    /// <inheritdoc/>
    public override int GetHashCode() => DnsNameComparer.HashOf(_wire);

    /// <summary>Do both name the same?</summary>
    public static bool operator ==(DnsName? left, DnsName? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Do they name different things?</summary>
    public static bool operator !=(DnsName? left, DnsName? right) => !(left == right);

    /// <summary>As in a zone file, with the final dot; <see cref="Parse"/> reads it back.</summary>
    public override string ToString()
    {
        if (IsRoot)
        {
            return ".";
        }

        StringBuilder text = new(_wire.Length);
        for (var at = 0; _wire[at] != 0; at += _wire[at] + 1)
        {
            foreach (var octet in _wire.AsSpan(at + 1, _wire[at]))
            {
                AppendOctet(text, octet);
            }

            text.Append('.');
        }

        return text.ToString();
    }

    internal static DnsName Of(ReadOnlySpan<byte> wire) => wire.Length == 1 ? Root : new DnsName(wire.ToArray());

    /// <summary>In the canonical form that signatures are made over (RFC 8945 §4.3.3, RFC 4034 §6.2): ASCII letters in lower case.</summary>
    internal byte[] ToLowerWire()
    {
        // Lengths are at most 63 and so never taken for a letter.
        var lower = new byte[_wire.Length];
        for (var at = 0; at < lower.Length; at++)
        {
            lower[at] = DnsNameComparer.Lower(_wire[at]);
        }

        return lower;
    }

    private static bool IsWire(ReadOnlySpan<byte> wire)
    {
        if (wire.Length is 0 or > MaxLength)
        {
            return false;
        }

        var at = 0;
        while (at < wire.Length && wire[at] is > 0 and <= MaxLabelLength)
        {
            at += wire[at] + 1;
        }

        return at == wire.Length - 1 && wire[at] == 0;
    }

    private static bool TryReadOctet(string text, ref int at, out byte octet)
    {
        octet = 0;
        var character = text[at++];
        if (character != '\\')
        {
            octet = (byte)character;
            return character is > ' ' and <= '~';
        }

        if (at == text.Length)
        {
            return false;
        }

        if (!char.IsAsciiDigit(text[at]))
        {
            octet = (byte)text[at];
            return text[at++] is > ' ' and <= '~';
        }

        if (at + 3 > text.Length || !char.IsAsciiDigit(text[at + 1]) || !char.IsAsciiDigit(text[at + 2]))
        {
            return false;
        }

        var number = (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + text[at + 2] - '0';
        at += 3;
        octet = (byte)number;
        return number <= byte.MaxValue;
    }

    private static void AppendOctet(StringBuilder text, byte octet)
    {
        if (octet is <= (byte)' ' or > (byte)'~')
        {
            DnsText.AppendDecimal(text, octet);
            return;
        }

        // What has a meaning of its own in a zone file.
        if (".\\\"();@$".Contains((char)octet, StringComparison.Ordinal))
        {
            text.Append('\\');
        }

        text.Append((char)octet);
    }

    private static string Shown(string text) =>
        string.Concat(text.Take(MaxLength).Select(character => character is >= ' ' and <= '~' ? character : '?'));
}
