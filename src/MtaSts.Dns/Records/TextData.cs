using System.Text;

namespace MtaSts.Dns;

/// <summary>TXT: one or more strings of octets, each of at most 255 (RFC 1035 §3.3.14).</summary>
public sealed record TextData : DnsRecordData
{
    private const int MaxStringLength = 255;

    // As in a message: each string behind its length.
    private readonly byte[] _wire;

    private TextData(byte[] wire) => _wire = wire;

    /// <summary>Data of strings.</summary>
    /// <param name="strings">At least one, each of at most 255 octets, 65,535 with a length before each.</param>
    /// <exception cref="ArgumentException">None, or too long.</exception>
    public TextData(IEnumerable<ReadOnlyMemory<byte>> strings)
        : this(Join(strings))
    {
    }

    /// <inheritdoc/>
    public override DnsType Type => DnsType.Txt;

    /// <summary>The strings.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Strings
    {
        get
        {
            List<ReadOnlyMemory<byte>> strings = [];
            for (var at = 0; at < _wire.Length; at += _wire[at] + 1)
            {
                strings.Add(_wire.AsMemory(at + 1, _wire[at]));
            }

            return strings;
        }
    }

    /// <summary>Data of a text in UTF-8, cut into strings of 255 octets where it is longer; read again, their join is the text (RFC 8461 §3.1).</summary>
    /// <exception cref="ArgumentException">Too long.</exception>
    public static TextData Of(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        return new TextData(octets.Length == 0 ? [default] : octets.Chunk(MaxStringLength).Select(chunk => (ReadOnlyMemory<byte>)chunk));
    }

    /// <summary>The octets of all strings, with nothing between them.</summary>
    public byte[] Joined() => [.. Strings.SelectMany(part => part.ToArray())];

    /// <inheritdoc/>
    public bool Equals(TextData? other) => other is not null && _wire.AsSpan().SequenceEqual(other._wire);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_wire);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        StringBuilder text = new(_wire.Length + 2);
        for (var at = 0; at < _wire.Length; at += _wire[at] + 1)
        {
            (at == 0 ? text : text.Append(' ')).AppendQuoted(_wire.AsSpan(at + 1, _wire[at]));
        }

        return text.ToString();
    }

    internal static TextData Read(ref DnsReader reader, int length)
    {
        if (length == 0)
        {
            throw reader.Wrong("a text without a string");
        }

        var end = reader.Position + length;
        var wire = reader.ReadOctets(length).ToArray();
        for (var at = 0; at < length; at += wire[at] + 1)
        {
            if (at + wire[at] >= length)
            {
                throw DnsReader.Wrong("a string longer than its data", end - length + at);
            }
        }

        return new TextData(wire);
    }

    internal override void Write(DnsWriter writer) => writer.WriteOctets(_wire);

    private static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> strings)
    {
        ArgumentNullException.ThrowIfNull(strings);
        List<byte> wire = [];
        foreach (var part in strings)
        {
            if (part.Length > MaxStringLength || wire.Count + 1 + part.Length > DnsReader.MaxMessageLength)
            {
                throw new ArgumentException("A string has at most 255 octets, and all of them 65,535.", nameof(strings));
            }

            wire.Add((byte)part.Length);
            wire.AddRange(part.Span);
        }

        return wire.Count > 0 ? [.. wire] : throw new ArgumentException("A text has one string at least.", nameof(strings));
    }
}
