using MtaSts.Host.Checks;

namespace MtaSts.Host.Notices;

/// <summary>What is to be done about an advisory: the list of codes knows, events only name the code.</summary>
internal static class NoticeCodes
{
    private static readonly Dictionary<string, CheckCode> All = CheckCodes.All.ToDictionary(code => code.Code);

    /// <summary>Null: a code of another version.</summary>
    public static CheckCode? Find(string code) => All.GetValueOrDefault(code);
}
