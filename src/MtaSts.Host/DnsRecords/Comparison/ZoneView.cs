using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace MtaSts.Host.DnsRecords.Comparison;

/// <summary>
/// What the rows say is published, and what was found of it, as sums of digests: about 40 bytes for each record set, whatever it holds. The order of records
/// does not count, and neither do their times to live. For one thread.
/// </summary>
internal sealed class ZoneView(int expected)
{
    private readonly Dictionary<ulong, Sums> _sets = new(expected);

    private record struct Sums(ulong Wanted, ulong Found);

    /// <param name="name">Of a row.</param>
    /// <param name="type">Of it.</param>
    /// <param name="live">The data that are published and at every server; null: it is on its way, and whatever is found is right.</param>
    public void Expect(string name, string type, string? live) => _sets[KeyOf(name, type)] = new Sums(live is null ? 0 : SumOf(type, live), 0);

    /// <summary>Takes note of one record of the zone.</summary>
    /// <returns>False: no row has this name and type.</returns>
    public bool Find(string name, string type, string data)
    {
        ref var sums = ref CollectionsMarshal.GetValueRefOrNullRef(_sets, KeyOf(name, type));
        if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref sums))
        {
            return false;
        }

        sums.Found += DigestOf(RecordText.Normal(type, data));
        return true;
    }

    /// <summary>Is it wrong in the zone? Only where the row was live with these data before as well: else the zone may have been right at the moment it was listed.</summary>
    /// <param name="name">Of a row as it is after the list.</param>
    /// <param name="type">Of it.</param>
    /// <param name="live">The data that are published.</param>
    public ZoneFault FaultOf(string name, string type, string live) =>
        !_sets.TryGetValue(KeyOf(name, type), out var sums) || sums.Wanted != SumOf(type, live) || sums.Found == sums.Wanted ? ZoneFault.None
        : sums.Found == 0 ? ZoneFault.Missing : ZoneFault.Different;

    private static ulong KeyOf(string name, string type) => DigestOf($"{name} {type}");

    private static ulong SumOf(string type, string data) => RecordRules.Lines(data).Aggregate(0UL, (sum, line) => sum + DigestOf(RecordText.Normal(type, line)));

    // Strangers write into zones: nobody must find two texts of one digest.
    private static ulong DigestOf(string text)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest);
    }
}

internal enum ZoneFault
{
    None,
    Missing,
    Different,
}
