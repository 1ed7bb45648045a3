using System.Diagnostics.CodeAnalysis;

namespace MtaSts.Host.Data;

/// <summary>Compares arrays by their bytes, for sets that keep one copy of each: policy texts, chains of issuers.</summary>
internal sealed class BytesByContent : IEqualityComparer<byte[]>
{
    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode([DisallowNull] byte[] content)
    {
        var hash = new HashCode();
        hash.AddBytes(content);
        return hash.ToHashCode();
    }
}
