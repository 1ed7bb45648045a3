using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Lookups;

/// <summary>A file of root certificates in PEM that a setting names.</summary>
internal static class RootsFile
{
    /// <summary>Adds what is wrong with it, if anything is.</summary>
    /// <param name="setting">The full key.</param>
    /// <param name="path">Empty: the setting is not used.</param>
    /// <param name="faults">All of them.</param>
    public static void Check(string setting, string path, List<string> faults)
    {
        if (path.Length == 0)
        {
            return;
        }

        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPemFile(path);
            if (roots.Count == 0)
            {
                faults.Add($"{setting}: {path} holds no certificate in PEM.");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            faults.Add($"{setting}: {exception.Message}");
        }
    }
}
