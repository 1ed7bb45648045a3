using System.Globalization;
using System.Text;

namespace MtaSts.Dns;

/// <summary>Which CAs may issue for a name (RFC 8659 §4.1).</summary>
public sealed record CaaData : DnsRecordData
{
    private readonly byte[] _value;

    /// <summary>Data of one property.</summary>
    /// <param name="flags">128: a CA that does not know the tag must not issue.</param>
    /// <param name="tag"><c>issue</c>, <c>issuewild</c>, <c>iodef</c>: 1 to 255 ASCII letters and digits.</param>
    /// <param name="value">The value's octets.</param>
    /// <exception cref="ArgumentException">Not a tag, or too long.</exception>
    public CaaData(byte flags, string tag, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(tag);
        if (tag.Length is 0 or > byte.MaxValue || !tag.All(char.IsAsciiLetterOrDigit))
        {
            throw new ArgumentException("A tag is made of 1 to 255 ASCII letters and digits.", nameof(tag));
        }

        if (2 + tag.Length + value.Length > DnsReader.MaxMessageLength)
        {
            throw new ArgumentException("Longer than data can be.", nameof(value));
        }

        Flags = flags;
        Tag = tag;
        _value = value.ToArray();
    }

    /// <summary>Data of one property, its value in UTF-8.</summary>
    /// <exception cref="ArgumentException">Not a tag, or too long.</exception>
    public CaaData(byte flags, string tag, string value)
        : this(flags, tag, Encoding.UTF8.GetBytes(value))
    {
    }

    /// <inheritdoc/>
    public override DnsType Type => DnsType.Caa;

    /// <summary>The flags; 128 is the one there is.</summary>
    public byte Flags { get; }

    /// <summary>The property; its case does not count (§4.1).</summary>
    public string Tag { get; }

    /// <summary>The value.</summary>
    public ReadOnlyMemory<byte> Value => _value;

    /// <inheritdoc/>
    public bool Equals(CaaData? other) => other is not null && Flags == other.Flags && Tag == other.Tag && _value.AsSpan().SequenceEqual(other._value);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Flags, Tag, _value.Length);

    /// <inheritdoc/>
    public override string ToString() => new StringBuilder(DnsText.Number(Flags)).Append(' ').Append(Tag).Append(' ').AppendQuoted(_value).ToString();

    internal static CaaData OfText(string text)
    {
        var parts = DnsText.ReadStrings(text);
        return parts.Count == 3 && byte.TryParse(parts[0].Span, NumberStyles.None, CultureInfo.InvariantCulture, out var flags)
            ? new CaaData(flags, Encoding.Latin1.GetString(parts[1].Span), parts[2].Span)
            : throw new FormatException("A CAA record is a number, a tag and a value.");
    }

    internal static CaaData Read(ref DnsReader reader, int length)
    {
        var end = reader.Position + length;
        var flags = reader.ReadByte();
        var tag = reader.ReadOctets(reader.ReadByte());
        if (tag.IsEmpty || reader.Position > end)
        {
            throw reader.Wrong("a tag of a wrong length");
        }

        foreach (var octet in tag)
        {
            if (!char.IsAsciiLetterOrDigit((char)octet))
            {
                throw reader.Wrong("a tag that is not made of letters and digits");
            }
        }

        return new CaaData(flags, Encoding.ASCII.GetString(tag), reader.ReadOctets(end - reader.Position));
    }

    internal override void Write(DnsWriter writer)
    {
        writer.WriteByte(Flags);
        writer.WriteByte((byte)Tag.Length);
        foreach (var character in Tag)
        {
            writer.WriteByte((byte)character);
        }

        writer.WriteOctets(_value);
    }
}
