using System.Collections.Frozen;
using MtaSts.Host.Checks.Fetch;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Checks.Records;

namespace MtaSts.Host.Checks;

/// <summary>All codes of advisories: the page of the README is made from them.</summary>
internal static class CheckCodes
{
    public static readonly IReadOnlyList<CheckCode> All = [.. RecordCodes.All, .. FetchCodes.All, .. MailCodes.All];

    private static readonly FrozenDictionary<string, CheckCode> ByCode = All.ToFrozenDictionary(code => code.Code, StringComparer.Ordinal);

    /// <summary>Null: another version of this program has it.</summary>
    public static CheckCode? Find(string code) => ByCode.GetValueOrDefault(code);
}
