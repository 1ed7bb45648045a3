namespace MtaSts.Host.Lookups.Caa;

/// <summary>The stable codes of what CAA records do to us.</summary>
internal static class CaaCodes
{
    public const string Refuses = "caa.refuses";
    public const string Account = "caa.account";
    public const string Method = "caa.method";
    public const string Critical = "caa.critical";
    public const string NotChecked = "caa.not-checked";
}
