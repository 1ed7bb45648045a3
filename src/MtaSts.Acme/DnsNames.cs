namespace MtaSts.Acme;

internal static class DnsNames
{
    private const int MaxLength = 253;

    /// <remarks>
    /// RFC 8555 §7.1.4: orders hold A-labels, and the CSR must hold the same. Names are normalised where they come in; here it is only seen to
    /// that order and CSR cannot differ, as they would where one of them is turned into A-labels on the way.
    /// </remarks>
    public static string Checked(string name, string parameter)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name, parameter);
        return name.Length <= MaxLength && !name.EndsWith('.') && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '-' or '*')
            ? name
            : throw new ArgumentException("A name has at most 253 characters: lower-case A-labels without a final dot.", parameter);
    }
}
