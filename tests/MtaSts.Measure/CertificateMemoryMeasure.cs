using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host;
using MtaSts.Testing;

/// <summary>
/// How much memory the built service takes with many certificates of a CA: none, imported and ready, all of them used. They come by
/// `import-certificates` from a folder, so that no CA has to issue them.
/// </summary>
internal static class CertificateMemoryMeasure
{
    private const string Key = "a-provider-key-for-measurements-0123456789";

    public static async Task<int> RunAsync(string[] arguments)
    {
        var names = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 10_000;
        var folder = Directory.CreateTempSubdirectory("mtasts-measure-").FullName;
        try
        {
            var (data, files, root) = (Path.Combine(folder, "data"), Path.Combine(folder, "certificates"), Path.Combine(folder, "root.pem"));
            Directory.CreateDirectory(files);
            await WriteAsync(files, root, names);
            using var at = OwnAddress.Take();
            var (http, https, api) = (at.FreePort(), at.FreePort(), at.FreePort());
            var settings = new Dictionary<string, string?>
            {
                ["Data__Directory"] = data,
                ["Access__InitialKey"] = Key,
                ["Access__RequestsPerMinute"] = "1000000",
                ["Kestrel__Endpoints__Policy__Url"] = $"https://{at.At(https)}",
                ["Kestrel__Endpoints__Challenge__Url"] = $"http://{at.At(http)}",
                ["Kestrel__Endpoints__Admin__Url"] = $"http://{at.At(api)}",
                ["Certificates__Source"] = "Acme",
                // Nobody is there: what is imported needs no CA.
                ["Acme__DirectoryUrl"] = $"https://{at.At(at.FreePort())}/directory",
                ["Acme__AcceptTermsOfService"] = "true",
                ["Logging__LogLevel__Default"] = "Error",
            };
            await using var service = await ChildProcess.StartAsync("dotnet", [typeof(ServiceHost).Assembly.Location], settings);
            using var admin = new HttpClient { BaseAddress = new Uri($"http://{at.At(api)}/api/v1/") };
            admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
            await service.WaitUntilAsync(async () => await IsReadyAsync(admin), "the service answers");
            (await admin.PostAsJsonAsync("tenants", new { name = "acme" })).EnsureSuccessStatusCode();
            Print(service, "without domains");

            List<string> domains = [.. Enumerable.Range(0, names).Select(DomainOf)];
            await Parallel.ForEachAsync(domains, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (domain, _) => await AcmeMeasure.PutAsync(admin, domain));
            Print(service, $"with {names} domains");

            var import = await ChildProcess.RunAsync("dotnet", [typeof(ServiceHost).Assembly.Location, "import-certificates", files], settings, within: TimeSpan.FromMinutes(30));
            if (import.ExitCode != 0)
            {
                Console.WriteLine(import.Output);
                return 1;
            }

            var missing = domains;
            for (var round = 0; missing.Count > 0; round++)
            {
                if (round == 100)
                {
                    Console.WriteLine($"{missing.Count} names are not served, such as {missing[0]}");
                    return 1;
                }

                if (round > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds(2));
                }

                missing = await AcmeMeasure.FetchAllAsync(root, IPEndPoint.Parse(at.At(https)), missing);
            }

            Print(service, $"with {names} certificates, each of them used");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string DomainOf(int number) => $"d{number}.example";

    private static async Task<bool> IsReadyAsync(HttpClient admin)
    {
        try
        {
            using var answer = await admin.GetAsync(new Uri("/healthz/ready", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    // As a public CA makes them: a leaf of P-256 under an intermediate.
    private static async Task WriteAsync(string folder, string rootFile, int names)
    {
        var now = DateTimeOffset.UtcNow;
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var root = Ca("CN=Measure root", rootKey).CreateSelfSigned(now.AddDays(-10), now.AddDays(3650));
        using var unkeyed = Ca("CN=Measure issuer", issuerKey).Create(root, now.AddDays(-5), now.AddDays(1000), RandomNumberGenerator.GetBytes(16));
        using var issuer = unkeyed.CopyWithPrivateKey(issuerKey);
        await File.WriteAllTextAsync(rootFile, root.ExportCertificatePem());
        Parallel.For(0, names, number =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest(new X500DistinguishedName(""), key, HashAlgorithmName.SHA256);
            var san = new SubjectAlternativeNameBuilder();
            san.AddDnsName($"mta-sts.{DomainOf(number)}");
            request.CertificateExtensions.Add(san.Build(critical: true));
            request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
            using var leaf = request.Create(issuer, now.AddDays(-1), now.AddDays(89), RandomNumberGenerator.GetBytes(16));
            File.WriteAllText(Path.Combine(folder, $"{number}.pem"), $"{leaf.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        });
    }

    private static CertificateRequest Ca(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        return request;
    }

    private static void Print(ChildProcess service, string when) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"resident memory {when,-50} {AcmeMeasure.Resident(service):F0} MB"));
}
