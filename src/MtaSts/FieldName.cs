using System.Buffers;

namespace MtaSts;

/// <summary>Names of fields in policies and in both records; the three grammars agree (RFC 8461 §3.1 and §3.2, RFC 8460 §3).</summary>
internal static class FieldName
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

    public static bool IsValid(ReadOnlySpan<char> name) =>
        !name.IsEmpty && name.Length <= StsLimits.MaxFieldNameLength && char.IsAsciiLetterOrDigit(name[0]) && !name.ContainsAnyExcept(Characters);
}
