using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using MtaSts.Host.Api;
using MtaSts.Host.Certificates.Import;

namespace MtaSts.Host.Commands;

/// <summary>What `mtasts import-certificates` did, as text for people or as JSON.</summary>
internal static class ImportText
{
    private const int WidestHost = 60;

    public static void Write(TextWriter output, ImportFindings findings, IReadOnlyList<ImportResult> results, bool isDry, bool isJson)
    {
        var faults = findings.Faults.OrderBy(fault => fault.File, StringComparer.Ordinal).ToList();
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(
                new ImportReport(
                    isDry, Count(results, ImportOutcome.Imported), Count(results, ImportOutcome.Replaced), Count(results, ImportOutcome.Kept), Count(results, ImportOutcome.Failed),
                    findings.Files, findings.Others, results, faults),
                ImportJson.Default.ImportReport));
            return;
        }

        var width = Math.Min(WidestHost, results.Select(result => result.Host.Length).DefaultIfEmpty().Max());
        foreach (var result in results)
        {
            output.WriteLine(Clean(string.Create(
                CultureInfo.InvariantCulture,
                $"{result.Host.PadRight(width)}  {Word(result.Outcome),-8}  until {result.NotAfter:yyyy-MM-dd}  {result.Key,-11}  {result.File}{(result.Reason is null ? "" : $": {result.Reason}")}")));
        }

        foreach (var fault in faults)
        {
            output.WriteLine(Clean($"{fault.File} {fault.Message}"));
        }

        WriteCounts(output, findings, results, isDry);
    }

    private static void WriteCounts(TextWriter output, ImportFindings findings, IReadOnlyList<ImportResult> results, bool isDry)
    {
        if (results.Count(result => !result.IsTrusted && result.Outcome != ImportOutcome.Failed) is > 0 and var untrusted)
        {
            output.WriteLine($"Mind: no root that this machine trusts stands behind {untrusted} of these certificates; a public CA's test environment, or a private CA? Senders refuse both.");
        }

        var told = string.Join(", ", Enum.GetValues<ImportOutcome>().Select(outcome => $"{Count(results, outcome)} {Word(outcome)}"));
        output.WriteLine($"{(isDry ? "Nothing was changed, this would be: " : "")}{told}; {findings.Files} files read, {findings.Faults.Count} with faults, {findings.Others} certificates for no policy host");
    }

    private static int Count(IReadOnlyList<ImportResult> results, ImportOutcome outcome) => results.Count(result => result.Outcome == outcome);

    private static string Word(ImportOutcome outcome) => EnumWords.Of(outcome);

    // Others name the files: a name may hold what a terminal obeys.
    private static string Clean(string line) => string.Concat(line.Select(character => char.IsControl(character) ? '?' : character));
}

/// <param name="DryRun">Nothing was changed.</param>
/// <param name="Imported">Hosts that had no certificate.</param>
/// <param name="Replaced">Hosts that had another one.</param>
/// <param name="Kept">Hosts whose stored certificate stays.</param>
/// <param name="Failed">Hosts without a usable certificate.</param>
/// <param name="FilesRead">Files.</param>
/// <param name="OtherCertificates">Certificates for no policy host.</param>
/// <param name="Hosts">By host.</param>
/// <param name="Faults">By file.</param>
internal sealed record ImportReport(
    bool DryRun, int Imported, int Replaced, int Kept, int Failed, int FilesRead, int OtherCertificates, IReadOnlyList<ImportResult> Hosts, IReadOnlyList<ImportFault> Faults);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(ImportReport))]
internal sealed partial class ImportJson : JsonSerializerContext;
