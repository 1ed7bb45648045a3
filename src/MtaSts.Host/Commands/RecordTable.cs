using MtaSts.Host.DnsRecords.Customers;

namespace MtaSts.Host.Commands;

/// <summary>The DNS records of a domain as text for people: what is right is ticked, and how each wrong thing is wrong stands below.</summary>
internal static class RecordTable
{
    public static void Write(TextWriter output, string title, IReadOnlyList<RecordResource> items)
    {
        output.WriteLine(TextTable.Clean(title));
        Write(output, "What the domain's owner sets:", items, item => item.Owner == RecordWords.Customer && item.Use != RecordWords.Of(RecordUse.Alternative));
        Write(output, "Only where that cannot be set, in its place:", items, item => item.Owner == RecordWords.Customer && item.Use == RecordWords.Of(RecordUse.Alternative));
        Write(output, "What this service publishes:", items, item => item.Owner == RecordWords.Provider);
        var problems = items.SelectMany(item => item.Problems.Select(problem => (Mark: Mark(item.State), problem.Code, problem.Message))).Distinct().ToList();
        if (problems.Count > 0)
        {
            output.WriteLine();
            problems.ForEach(problem => output.WriteLine(TextTable.Clean($"{problem.Mark} {problem.Code}: {problem.Message}")));
        }
    }

    private static void Write(TextWriter output, string heading, IReadOnlyList<RecordResource> items, Func<RecordResource, bool> isOf)
    {
        var rows = items.Where(isOf).SelectMany(Rows).ToList();
        if (rows.Count > 0)
        {
            output.WriteLine($"\n{heading}");
            TextTable.Write(output, rows, width: null);
        }
    }

    // Each value a line; what DNS gives stands only where it is something else.
    private static IEnumerable<string[]> Rows(RecordResource item)
    {
        IReadOnlyList<string> wanted = item.Wanted.Count > 0 ? item.Wanted : ["(nothing)"];
        for (var index = 0; index < wanted.Count; index++)
        {
            yield return index == 0 ? [Mark(item.State), item.Name, item.Type, item.State, wanted[0]] : ["", "", "", "", wanted[index]];
        }

        if (item.State is not ("ok" or "live"))
        {
            foreach (var observed in item.Observed.Except(item.Wanted))
            {
                yield return ["", "", "", "", $"DNS gives {observed}"];
            }
        }
    }

    private static string Mark(string state) => state switch
    {
        "ok" or "live" => "✓",
        "missing" or "wrong" or "remove" or "drift" or "failed" => "✗",
        "unknown" => "?",
        "optional" or "absent" => "·",
        _ => "…",
    };
}
