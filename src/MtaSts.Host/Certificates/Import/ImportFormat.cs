namespace MtaSts.Host.Certificates.Import;

/// <summary>How a folder of certificates is laid out.</summary>
internal enum ImportFormat
{
    /// <summary>Told by the folders that are there.</summary>
    Auto,

    /// <summary>Files in PEM, however they are named and nested; certificate and key in one folder.</summary>
    Pem,

    /// <summary>PKCS#12 files.</summary>
    Pfx,

    /// <summary>`live/NAME/` with cert.pem, chain.pem, fullchain.pem and privkey.pem, links into `archive/`.</summary>
    Certbot,

    /// <summary>`certificates/CA/NAME/NAME.crt`, `.key` and `.json`.</summary>
    Caddy,

    /// <summary>`certs/THUMBPRINT.pfx`, as PersistDataToDirectory writes them: the leaf and its key, without the intermediates.</summary>
    LettuceEncrypt,
}
