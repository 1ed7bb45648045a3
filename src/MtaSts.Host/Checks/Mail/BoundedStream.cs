namespace MtaSts.Host.Checks.Mail;

/// <summary>A connection that gives a stranger's server only so many bytes to say, and watches how it answers our ClientHello. For one reader and one writer.</summary>
internal sealed class BoundedStream(Stream inner) : Stream
{
    // A dialogue and the certificates in their largest form are a tenth of it.
    private const int MostBytes = 256 * 1024;

    // RFC 8446 §5.1, §4: a record's five bytes, four of the handshake message, two of the version.
    private const int HelloBytes = 11;
    private const byte AlertRecord = 21;
    private const byte HandshakeRecord = 22;
    private const byte ServerHello = 2;
    private const byte ProtocolVersion = 70;

    private readonly List<byte> _answer = [];
    private int _read;

    /// <summary>A ClientHello has gone out.</summary>
    public bool HandshakeBegan { get; private set; }

    /// <summary>The server has sent too much.</summary>
    public bool IsExceeded => _read > MostBytes;

    /// <summary>
    /// The version in the ServerHello, where it is older than a strict sender takes: servers choose the newest that both know (RFC 5246 §E.1), so
    /// this one knows nothing newer. Servers that know of TLS 1.3 see in our hello that nothing older will do, and say so by an alert. OpenSSL as it is
    /// delivered cannot be made to go on with old versions, and nothing more would be learnt.
    /// </summary>
    public string? OldTls => _answer switch
    {
        [HandshakeRecord, _, _, _, _, ServerHello, _, _, _, 3, 0, ..] => "SSL 3.0",
        [HandshakeRecord, _, _, _, _, ServerHello, _, _, _, 3, 1, ..] => "TLS 1.0",
        [HandshakeRecord, _, _, _, _, ServerHello, _, _, _, 3, 2, ..] => "TLS 1.1",
        [AlertRecord, _, _, _, _, _, ProtocolVersion, ..] => "a version before TLS 1.2",
        _ => null,
    };

    /// <summary>The server's word on why it does not go on (RFC 8446 §6), for people.</summary>
    public string? Alert => _answer is [AlertRecord, _, _, _, _, _, var description, ..]
        ? description switch
        {
            40 => "the server ends it with the alert handshake_failure (40): no cipher, or no certificate for this name",
            112 => "the server ends it with the alert unrecognized_name (112): it knows no certificate for this name",
            _ => $"the server ends it with the alert {description}",
        }
        : null;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await inner.ReadAsync(buffer, cancellationToken);
        return Seen(buffer.Span, count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => Seen(buffer.AsSpan(offset), inner.Read(buffer, offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        HandshakeBegan |= buffer.Span is [HandshakeRecord, ..];
        return inner.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Seen(ReadOnlySpan<byte> buffer, int count)
    {
        _read += count;
        if (IsExceeded)
        {
            throw new IOException($"the server sends more than {MostBytes / 1024} KB");
        }

        if (HandshakeBegan && _answer.Count < HelloBytes)
        {
            _answer.AddRange(buffer[..Math.Min(count, HelloBytes - _answer.Count)]);
        }

        return count;
    }
}
