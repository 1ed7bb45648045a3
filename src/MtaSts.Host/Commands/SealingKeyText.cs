using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Sealing;

namespace MtaSts.Host.Commands;

/// <summary>What `mtasts sealing-key` tells people. Ids of keys, never keys.</summary>
internal static class SealingKeyText
{
    public static void WriteStatus(TextWriter output, KeySealing sealing, IReadOnlyList<SealedCount> counts)
    {
        var keys = sealing.Keys;
        var unknown = counts.SelectMany(count => count.ByKey.Keys).Except(keys.Select(key => key.Id)).Order(StringComparer.Ordinal);
        List<(string Id, string Role)> lines = [.. keys.Select((key, index) => (key.Id, index == 0 ? "current" : "old")), .. unknown.Select(id => (id, "missing"))];
        output.WriteLine($"{"KEY",-10}{"",-9}SEALED WITH IT");
        foreach (var (id, role) in lines)
        {
            output.WriteLine($"{id,-10}{role,-9}{Amounts(counts, count => count.ByKey.GetValueOrDefault(id))}");
        }

        if (keys.Count == 0)
        {
            output.WriteLine($"There is no sealing key: {sealing.KeyFile.Path} is missing and Certificates:SealingKey is not set.");
        }

        var total = counts.Sum(count => count.ByKey.Values.Sum());
        output.WriteLine($"{total} private keys, {counts.Sum(count => count.Lost)} of them cannot be opened");
    }

    /// <summary>True when all is sealed with the current key.</summary>
    public static bool WriteRotated(TextWriter output, KeySealing sealing, IReadOnlyList<SealedCount> counts)
    {
        output.WriteLine($"Sealed with {sealing.Keys[0].Id} now: {Amounts(counts, count => count.Changed)}");
        var lost = counts.Sum(count => count.Lost);
        if (lost > 0)
        {
            output.WriteLine($"Left as they are, for no key of this node opens them: {Amounts(counts, count => count.Lost)} (see mtasts sealing-key lost)");
        }

        var overtaken = counts.Sum(count => count.Overtaken);
        if (overtaken > 0)
        {
            output.WriteLine($"{overtaken} changed again and again meanwhile: run this once more.");
        }

        if (sealing.Keys.Count > 1)
        {
            output.WriteLine(sealing.IsConfigured
                ? "The old key is not needed for these any more. When all nodes have the new one, take it out of Certificates:OldSealingKeys."
                : "The old key stays in the file for what a running service may still store. Take it out with mtasts sealing-key forget-old, an hour from now or while the service is stopped.");
        }

        return lost + overtaken == 0;
    }

    public static void WriteLost(TextWriter output, IReadOnlyList<SealedCount> counts, CertificateSource source)
    {
        output.WriteLine($"No sealing key of this node opens: {Amounts(counts, count => count.Lost)}");
        output.WriteLine("To give them up means:");
        output.WriteLine(source == CertificateSource.Acme
            ? "  certificates: deleted, and ordered anew from the CA within its limits; those hosts are served again when the new ones are there"
            : "  certificates: deleted; the local CA makes new ones");
        output.WriteLine("  orders under way: begin again");
        output.WriteLine("  accounts at CAs: a new one is made; CAA records that name the old one must be changed");
        output.WriteLine("  local CA: a new one is made; its root must be trusted anew");
    }

    private static string Amounts(IReadOnlyList<SealedCount> counts, Func<SealedCount, int> amount)
    {
        var parts = counts.Where(count => amount(count) > 0).Select(count => count.Column.Amount(amount(count))).ToList();
        return parts.Count == 0 ? "nothing" : string.Join(", ", parts);
    }
}
