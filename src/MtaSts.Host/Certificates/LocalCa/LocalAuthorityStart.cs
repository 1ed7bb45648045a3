using System.Text;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.LocalCa;

/// <summary>The local CA of this store: found there, or made by the first node. Writes its root for those who are to trust it.</summary>
internal sealed partial class LocalAuthorityStart(
    CertificateStore store, KeySealing sealing, IOptions<DataOptions> data, TimeProvider clock, ILogger<LocalAuthorityStart> logger)
{
    /// <exception cref="KeySealingException">This node has another sealing key than the one that made the CA.</exception>
    public async Task<LocalIssuer> OpenAsync(CancellationToken cancellationToken)
    {
        var authority = await store.FindAuthorityAsync(cancellationToken) ?? await MakeAsync(cancellationToken);
        var issuer = new LocalIssuer(authority, sealing);
        WriteRoot(authority.RootPem);
        return issuer;
    }

    private async Task<LocalAuthority> MakeAsync(CancellationToken cancellationToken)
    {
        var authority = LocalAuthorityMaking.Make(clock.GetUtcNow(), sealing);
        return await store.TryAddAuthorityAsync(authority, cancellationToken)
            ? authority
            : (await store.FindAuthorityAsync(cancellationToken))!;
    }

    // Its date changes only when the root does: people copy it to where it is trusted.
    private void WriteRoot(string pem)
    {
        var path = data.Value.PathOf("local-ca.pem");
        if (!File.Exists(path) || File.ReadAllText(path) != pem)
        {
            PrivateFiles.CreateDirectory(data.Value.Directory);
            PrivateFiles.Write(path, Encoding.ASCII.GetBytes(pem));
            Log.RootWritten(logger, path);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(420, LogLevel.Information, "The root of the local CA was written to {Path}; who trusts it trusts the certificates of this installation")]
        public static partial void RootWritten(ILogger logger, string path);
    }
}
