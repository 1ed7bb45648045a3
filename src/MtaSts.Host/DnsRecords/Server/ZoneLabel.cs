using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MtaSts.Host.DnsRecords.Server;

/// <summary>A label below a part of the zone, in lower case: 32 bytes without a reference, as there may be a million of them. Compared by its bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ZoneLabel
{
    // Ours have 26; the last byte is the length, so that no label is another one with zeros behind it.
    public const int MaxLength = 31;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly ulong _third;
    private readonly ulong _fourth;

    /// <returns>False: it is longer than any that can be stored, so there is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> lowerCase, out ZoneLabel label)
    {
        label = default;
        if (lowerCase.Length is 0 or > MaxLength)
        {
            return false;
        }

        Span<byte> octets = stackalloc byte[Unsafe.SizeOf<ZoneLabel>()];
        octets.Clear();
        lowerCase.CopyTo(octets);
        octets[MaxLength] = (byte)lowerCase.Length;
        label = MemoryMarshal.Read<ZoneLabel>(octets);
        return true;
    }

    public bool Equals(ZoneLabel other) => _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    public override int GetHashCode() => HashCode.Combine(_first, _second, _third, _fourth);
}
