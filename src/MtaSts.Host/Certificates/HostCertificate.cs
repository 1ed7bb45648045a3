namespace MtaSts.Host.Certificates;

/// <summary>
/// What a policy host presents, as kept for every host: bytes only, about 1 KB. The key stays sealed: opening it costs microseconds in
/// the millisecond that building a TLS context takes, and a memory dump of a million hosts then holds the keys of the hot ones only.
/// </summary>
/// <param name="host">The policy host, lower case.</param>
/// <param name="leaf">DER.</param>
/// <param name="issuers">The intermediates in order, DER, one after the other; hosts with the same issuers share one array.</param>
/// <param name="sealedKey">PKCS#8; see <see cref="KeySealing"/>.</param>
/// <param name="notBefore">As in the leaf.</param>
/// <param name="notAfter">As in the leaf.</param>
/// <param name="id">Of its row; the greater the later it was stored. 0 while it is not stored.</param>
internal sealed class HostCertificate(
    string host, byte[] leaf, byte[] issuers, byte[] sealedKey, DateTimeOffset notBefore, DateTimeOffset notAfter, long id = 0)
{
    // What Let's Encrypt advises for its short-lived certificates.
    public static readonly TimeSpan ShortLife = TimeSpan.FromDays(10);

    private volatile bool _isRetired;

    public string Host => host;

    public byte[] Leaf => leaf;

    public byte[] Issuers => issuers;

    public byte[] SealedKey => sealedKey;

    public long Id => id;

    public DateTimeOffset NotBefore => notBefore;

    public DateTimeOffset NotAfter => notAfter;

    /// <summary>Two thirds of its life: the last third is time for a failed renewal to be noticed and mended. Half of a life of less than ten days.</summary>
    public DateTimeOffset RenewAt => RenewalAdvised(notBefore, notAfter);

    /// <summary>Another one took its place, or the host is gone: it must not stay hot.</summary>
    public bool IsRetired => _isRetired;

    public void Retire() => _isRetired = true;

    /// <summary>See <see cref="RenewAt"/>.</summary>
    public static DateTimeOffset RenewalAdvised(DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        notBefore + ((notAfter - notBefore) * (notAfter - notBefore < ShortLife ? 0.5 : 2.0 / 3));

    /// <summary>What the key of a host is sealed for.</summary>
    public static string SealingPurpose(string host) => "certificate:" + host;
}
