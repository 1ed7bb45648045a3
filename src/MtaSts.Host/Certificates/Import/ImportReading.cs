using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Host.Certificates.Import;

/// <summary>What was found, before the store is looked at.</summary>
/// <param name="Candidates">Certificates that name policy hosts, usable or not.</param>
/// <param name="Faults">Of files, in their order.</param>
/// <param name="Files">How many were read.</param>
/// <param name="Others">Certificates that name no policy host.</param>
internal sealed record ImportFindings(IReadOnlyList<ImportCandidate> Candidates, IReadOnlyList<ImportFault> Faults, int Files, int Others);

/// <summary>Reads a folder of certificates, one folder at a time.</summary>
internal static class ImportReading
{
    /// <param name="folder">Where to look.</param>
    /// <param name="faults">The list that <paramref name="folder"/> writes to.</param>
    /// <param name="issuers">Intermediates besides those in the files.</param>
    /// <param name="password">Of PKCS#12 files and encrypted keys.</param>
    /// <param name="now">For the dates.</param>
    /// <param name="cancellationToken">Ends it between two folders.</param>
    public static ImportFindings Read(
        ImportFolder folder, List<ImportFault> faults, X509Certificate2Collection issuers, string? password, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var rules = new ImportRules(now);
        var candidates = new List<ImportCandidate>();
        var (files, others) = (0, 0);
        foreach (var names in folder.Folders())
        {
            using var found = new FoundFiles();
            foreach (var file in names)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (folder.Read(file) is { } content)
                {
                    files++;
                    FileReading.Read(content, file, password, found, message => folder.Complain(file, message));
                    CryptographicOperations.ZeroMemory(content);
                }
            }

            X509Certificate2Collection pool = [.. found.Certificates.Select(each => each.Certificate).Where(ImportRules.IsCa), .. issuers];
            // Also those of CAs: what many tools make for a server by themselves says that it is one, and must not be passed over without a word.
            foreach (var (certificate, file) in found.Certificates)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Judge(rules, certificate, file, found, pool, folder) is { } candidate)
                {
                    candidates.Add(candidate with { File = folder.NameOf(file) });
                }
                else if (!ImportRules.IsCa(certificate))
                {
                    others++;
                }
            }
        }

        return new ImportFindings(candidates, faults, files, others);
    }

    private static ImportCandidate? Judge(
        ImportRules rules, X509Certificate2 certificate, string file, FoundFiles found, X509Certificate2Collection pool, ImportFolder folder)
    {
        try
        {
            var (hosts, parents) = ImportRules.NamesOf(certificate);
            return hosts.Count + parents.Count == 0 ? null : rules.Judge(certificate, file, found, pool);
        }
        catch (CryptographicException)
        {
            folder.Complain(file, "holds a certificate that cannot be read");
            return null;
        }
    }
}
