using System.Net.Sockets;

namespace MtaSts.Host.Tests.Certificates.Challenges;

/// <summary>A client's connection whose first TLS record, its ClientHello, goes out split: into records, and each of these into segments.</summary>
internal sealed class SplitHelloStream(Socket socket, int recordBytes, int segmentBytes) : NetworkStream(socket, ownsSocket: true)
{
    public bool IsSent { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsSent)
        {
            await base.WriteAsync(buffer, cancellationToken);
            return;
        }

        IsSent = true;
        // TLS signs messages, not records: the other side must not care.
        foreach (var segment in HelloBytes.Records(buffer[5..].ToArray(), recordBytes).Chunk(segmentBytes))
        {
            await base.WriteAsync(segment, cancellationToken);
        }
    }
}
