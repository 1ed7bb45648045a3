using Microsoft.Extensions.Options;

namespace MtaSts.Host.Certificates;

internal enum CertificateSource
{
    /// <summary>A CA of this installation: for trial and tests, no sender trusts it.</summary>
    LocalCa,

    /// <summary>RFC 8555.</summary>
    Acme,
}

/// <summary>Section `Certificates`.</summary>
internal sealed class CertificatesOptions
{
    public CertificateSource Source { get; set; } = CertificateSource.LocalCa;

    /// <summary>
    /// 32 bytes in base64 that seal the private keys in the store; the same on all nodes. Without it one is made and kept in `sealing.key`
    /// of `Data:Directory`. A secret: never in the settings file.
    /// </summary>
    public string? SealingKey { get; set; }

    /// <summary>Keys of the same form, by comma, that open what was sealed with them and seal nothing: for a change of the key. Secrets, too.</summary>
    public string? OldSealingKeys { get; set; }

    /// <summary>How many certificates are kept ready for handshakes, about 15 KB each; the others take 1 ms more.</summary>
    public int HotLimit { get; set; } = 20_000;

    // A file may have them in lines.
    internal IEnumerable<string> OldKeys => (OldSealingKeys ?? "").Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal sealed class CertificatesOptionsValidator : IValidateOptions<CertificatesOptions>
{
    public ValidateOptionsResult Validate(string? name, CertificatesOptions options)
    {
        var faults = new List<string>();
        if (!Enum.IsDefined(options.Source))
        {
            faults.Add("Certificates:Source must be LocalCa or Acme.");
        }

        if (options.SealingKey is { } key && Sealing.SealingKey.Parse(key) is null)
        {
            faults.Add($"Certificates:SealingKey must be {Sealing.SealingKey.Bytes} bytes in base64, such as `openssl rand -base64 {Sealing.SealingKey.Bytes}` makes.");
        }

        if (options.OldKeys.Any(old => Sealing.SealingKey.Parse(old) is null))
        {
            faults.Add($"Certificates:OldSealingKeys must be keys of {Sealing.SealingKey.Bytes} bytes in base64, several by comma.");
        }

        if (options.HotLimit < 1)
        {
            faults.Add("Certificates:HotLimit must be 1 or more.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
