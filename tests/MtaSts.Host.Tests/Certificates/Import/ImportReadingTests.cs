using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MtaSts.Host.Certificates.Import;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Import;

/// <summary>What is found in folders as other programs lay them out, and what is refused.</summary>
public sealed class ImportReadingTests : IDisposable
{
    private readonly ImportFolders _folders = new();

    public static TheoryData<string, string> KeyForms => new()
    {
        { "openssl pkcs8 -topk8 -nocrypt -in key.pem -out new.pem", "" },
        { "openssl ec -in key.pem -out new.pem", "SEC 1" },
        { "openssl pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA256 -passout pass:secret -in key.pem -out new.pem", "PBES2" },
        { "openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES -passout pass:secret -in key.pem -out new.pem", "PBES1" },
        { "openssl pkcs8 -topk8 -scrypt -passout pass:secret -in key.pem -out new.pem", "!would take too long to open, or in a form that is not known here" },
        { "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 3000000 -passout pass:secret -in key.pem -out new.pem", "!would take too long to open" },
        { "openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:other -in key.pem -out new.pem", "!the password does not open" },
        { "openssl ec -in key.pem -aes256 -passout pass:secret -out new.pem", "!convert it with openssl pkcs8 -topk8" },
        { "openssl genpkey -algorithm ed25519 -out new.pem", "!neither RSA nor ECDSA" },
    };

    public static TheoryData<string, string> Pkcs12Forms => new()
    {
        { "-certpbe AES-256-CBC -keypbe AES-256-CBC -macalg SHA256 -passout pass:secret", "" },
        { "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg SHA1 -passout pass:secret", "" },
        { "-legacy -passout pass:secret", "" },
        { "-passout pass:other", "!is not opened by the password" },
        { "-passout pass:secret -iter 400000", "!asks for more work" },
    };

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void Certificate_chain_and_key_are_found_whatever_file_they_are_in()
    {
        var leaf = _folders.Issue("www.example.com mta-sts.example.com mta-sts.xn--bcher-kva.example");
        _folders.WriteText("deep/down/cert.crt", leaf.ExportCertificatePem());
        _folders.WriteText("deep/down/chain.pem", $"a comment\n{_folders.Root.ExportCertificatePem()}\n{_folders.IntermediatePem}");
        _folders.WriteText("deep/down/the.key", ImportFolders.KeyPem(leaf));
        _folders.WriteText("other/cert.pem", _folders.Issue("www.example.org").ExportCertificatePem());

        var findings = _folders.Read();

        Assert.Empty(findings.Faults);
        Assert.Equal((4, 1), (findings.Files, findings.Others));
        var candidate = Assert.Single(findings.Candidates);
        Assert.Empty(candidate.Faults);
        Assert.Equal(["mta-sts.example.com", "mta-sts.xn--bcher-kva.example"], candidate.Hosts);
        Assert.Equal(leaf.RawData, candidate.Leaf);
        // Without the root: who trusts it has it.
        Assert.Equal(_folders.Intermediate.RawData, candidate.Issuers);
        Assert.Equal(("ECDSA P-256", false), (candidate.Key, candidate.IsTrusted));
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(candidate.Pkcs8, out _);
        Assert.Equal(leaf.GetECDsaPublicKey()!.ExportSubjectPublicKeyInfo(), key.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void A_wildcard_stands_for_the_policy_host_of_its_parent_alone()
    {
        _folders.Write("a.pem", _folders.Issue("*.example.com *.mta-sts.example.net sub.mta-sts.example.org"));
        var candidate = _folders.ReadOne();
        Assert.Empty(candidate.Hosts);
        Assert.Equal(["example.com", "mta-sts.example.net"], candidate.Parents);
    }

    [Fact]
    public void Rsa_keys_and_both_larger_curves_are_taken()
    {
        _folders.Write("rsa.pem", _folders.Issue("mta-sts.rsa.example", RSA.Create(2048)));
        _folders.Write("p384.pem", _folders.Issue("mta-sts.p384.example", ECDsa.Create(ECCurve.NamedCurves.nistP384)));
        _folders.Write("p521.pem", _folders.Issue("mta-sts.p521.example", ECDsa.Create(ECCurve.NamedCurves.nistP521)));
        var findings = _folders.Read();
        Assert.All(findings.Candidates, candidate => Assert.Empty(candidate.Faults));
        Assert.Equal(["ECDSA P-384", "ECDSA P-521", "RSA 2048"], findings.Candidates.Select(candidate => candidate.Key).Order());
    }

    [Fact]
    public void Each_reason_to_refuse_a_certificate_is_told_and_all_of_them_at_once()
    {
        AssertRefused("ended on 2027-02-28", _folders.Issue("mta-sts.example.com", notAfter: ImportFolders.Now.AddDays(-1)));
        AssertRefused("begins on 2027-03-01 13:00 UTC only", _folders.Issue("mta-sts.example.com", notBefore: ImportFolders.Now.AddHours(1)));
        AssertRefused("is not meant for servers", _folders.Issue("mta-sts.example.com", usage: "1.3.6.1.5.5.7.3.2"));
        AssertRefused("does not allow its key to sign", _folders.Issue("mta-sts.example.com", keyUsage: X509KeyUsageFlags.KeyEncipherment));
        AssertRefused("has an RSA key of 1024 bits", _folders.Issue("mta-sts.example.com", RSA.Create(1024)));
        AssertRefused("neither RSA nor ECDSA P-256, P-384 or P-521", _folders.Issue("mta-sts.example.com", ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1)));
        AssertRefused("the certificate of its issuer is not there", _folders.Issue("mta-sts.example.com"), chain: "");
        AssertRefused("the certificate of its issuer is not there", _folders.Issue("mta-sts.example.com"), chain: _folders.Root.ExportCertificatePem() + "\n");

        var leaf = _folders.Issue("mta-sts.example.com", notAfter: ImportFolders.Now.AddDays(-1), usage: "1.3.6.1.5.5.7.3.2");
        _folders.WriteText("a.pem", leaf.ExportCertificatePem());
        Assert.Equal(
            ["ended on 2027-02-28", "is not meant for servers (extended key usage)", "its private key is not in the same folder", "the certificate of its issuer is not there: get the intermediate from the CA and give it with --issuers"],
            Assert.Single(_folders.Read().Candidates).Faults);
    }

    [Fact]
    public void An_issuer_of_the_same_name_that_did_not_sign_is_refused()
    {
        using var other = new ImportFolders();
        AssertRefused("", _folders.Issue("mta-sts.example.com"), chain: other.IntermediatePem);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_self_signed_certificate_is_refused_also_when_it_says_that_it_is_a_CA(bool isCa)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mta-sts.example.com", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("mta-sts.example.com");
        request.CertificateExtensions.Add(names.Build());
        if (isCa)
        {
            // As `openssl req -x509` makes them.
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        }

        AssertRefused("is signed by itself", request.CreateSelfSigned(ImportFolders.Now.AddDays(-1), ImportFolders.Now.AddDays(1)));
    }

    [Theory]
    [MemberData(nameof(KeyForms))]
    public async Task Keys_as_openssl_writes_them(string command, string result)
    {
        var leaf = _folders.Issue("mta-sts.example.com");
        _folders.WriteText("cert.pem", leaf.ExportCertificatePem() + "\n" + _folders.IntermediatePem);
        _folders.WriteText("key.pem", ImportFolders.KeyPem(leaf));
        await ShellAsync(command);
        File.Delete(Path.Combine(_folders.Path, "key.pem"));

        AssertReading(_folders.Read(password: "secret"), result);
        if (command.Contains("pkcs8 -topk8 -v", StringComparison.Ordinal))
        {
            Assert.EndsWith("give it with --password-file", Assert.Single(_folders.Read().Faults).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Pkcs12Forms))]
    public async Task Pkcs12_files_as_openssl_writes_them(string options, string result)
    {
        _folders.Write("all.pem", _folders.Issue("mta-sts.example.com", RSA.Create(2048)));
        await ShellAsync($"openssl pkcs12 -export -in all.pem -out a.pfx {options}");
        File.Delete(Path.Combine(_folders.Path, "all.pem"));

        AssertReading(_folders.Read(password: "secret"), result);
        Assert.Equal(options.Contains("-iter", StringComparison.Ordinal) ? "asks for more work to open it than is allowed" : "is under a password: give it with --password-file", Assert.Single(_folders.Read().Faults).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("live")]
    [InlineData("live/mta-sts.example.com")]
    public void Certbots_folders_by_hand_with_their_links_into_the_archive(string path)
    {
        // As certbot's documentation shows them: live/NAME/ links to the newest of archive/NAME/.
        var (older, newer) = (_folders.Issue("mta-sts.example.com", notAfter: ImportFolders.Now.AddDays(5)), _folders.Issue("mta-sts.example.com"));
        foreach (var (number, leaf) in new[] { (1, older), (2, newer) })
        {
            _folders.WriteText($"archive/mta-sts.example.com/cert{number}.pem", leaf.ExportCertificatePem());
            _folders.WriteText($"archive/mta-sts.example.com/chain{number}.pem", _folders.IntermediatePem);
            _folders.WriteText($"archive/mta-sts.example.com/fullchain{number}.pem", leaf.ExportCertificatePem() + "\n" + _folders.IntermediatePem);
            _folders.WriteText($"archive/mta-sts.example.com/privkey{number}.pem", ImportFolders.KeyPem(leaf));
        }

        _folders.WriteText("live/README", "not a certificate");
        _folders.WriteText("live/mta-sts.example.com/README", "not a certificate");
        _folders.WriteText("accounts/acme.example/directory/1/private_key.json", "{}");
        foreach (var name in new[] { "cert", "chain", "fullchain", "privkey" })
        {
            File.CreateSymbolicLink(Path.Combine(_folders.Path, $"live/mta-sts.example.com/{name}.pem"), $"../../archive/mta-sts.example.com/{name}2.pem");
        }

        Assert.Equal(newer.RawData, _folders.ReadOne(Path.Combine(_folders.Path, path), path.Contains('/', StringComparison.Ordinal) ? ImportFormat.Certbot : ImportFormat.Auto).Leaf);
    }

    [Fact]
    public void LettuceEncrypts_folder_by_hand_needs_the_intermediates_from_elsewhere()
    {
        // As its FileSystemCertificateRepository writes: certs/THUMBPRINT.pfx with nothing but the leaf and its key.
        var leaf = _folders.Issue("mta-sts.example.com", RSA.Create(2048));
        Directory.CreateDirectory(Path.Combine(_folders.Path, "certs"));
        File.WriteAllBytes(Path.Combine(_folders.Path, "certs", leaf.Thumbprint + ".pfx"), leaf.Export(X509ContentType.Pfx, "secret"));
        _folders.WriteText("accounts/acme.example/directory/1.json", "{}");

        Assert.Contains("give it with --issuers", Assert.Single(Assert.Single(_folders.Read(password: "secret").Candidates).Faults), StringComparison.Ordinal);
        var candidate = _folders.ReadOne(password: "secret", issuers: [_folders.Intermediate]);
        Assert.Equal(_folders.Intermediate.RawData, candidate.Issuers);
        Assert.Equal($"certs/{leaf.Thumbprint}.pfx", candidate.File);
    }

    [Fact]
    public async Task Caddys_storage_as_it_writes_it()
    {
        Requires.Program("caddy", "package caddy");
        var storage = Path.Combine(_folders.Path, "storage");
        var admin = $"127.0.0.1:{FreePort.Next()}";
        _folders.WriteText("Caddyfile", $$"""
            {
                admin {{admin}}
                http_port {{FreePort.Next()}}
                https_port {{FreePort.Next()}}
                skip_install_trust
                storage file_system {{storage}}
            }
            mta-sts.example.com {
                bind 127.0.0.1
                tls internal
            }
            """);
        var files = Path.Combine(storage, "certificates", "local", "mta-sts.example.com");
        await using (var caddy = await ChildProcess.StartAsync(
            "caddy", ["run", "--config", Path.Combine(_folders.Path, "Caddyfile"), "--adapter", "caddyfile"], new Dictionary<string, string?> { ["HOME"] = _folders.Path, ["XDG_DATA_HOME"] = null, ["XDG_CONFIG_HOME"] = null }))
        {
            await caddy.WaitUntilAsync(() => Task.FromResult(File.Exists(Path.Combine(files, "mta-sts.example.com.json"))), "the certificate");
        }

        var now = TimeProvider.System.GetUtcNow();
        foreach (var (path, format) in new[] { (storage, ImportFormat.Auto), (storage, ImportFormat.Caddy), (Path.Combine(storage, "certificates"), ImportFormat.Pem) })
        {
            var candidate = _folders.ReadOne(path, format, now: now);
            Assert.Equal(["mta-sts.example.com"], candidate.Hosts);
            Assert.NotEmpty(candidate.Issuers);
        }
    }

    [Fact]
    public async Task Certbots_folders_as_it_writes_them()
    {
        Requires.Program("certbot", "package certbot");
        using var at = OwnAddress.Take();
        await using var dns = await ChallTestServer.StartAsync(at);
        var http = FreePort.Next();
        await using var pebble = await PebbleServer.StartAsync(at, dns, new PebbleOptions { HttpPort = http });
        await dns.SetAddressesAsync("mta-sts.example.com", "127.0.0.1");
        string[] common = ["--config-dir", At("etc"), "--work-dir", At("work"), "--logs-dir", At("log"), "--server", pebble.DirectoryUrl.AbsoluteUri, "-n", "--agree-tos", "-m", "ops@example.com", "--no-eff-email"];
        var result = await ChildProcess.RunAsync(
            "certbot", ["certonly", "--standalone", "--http-01-address", "127.0.0.1", "--http-01-port", http.ToString(System.Globalization.CultureInfo.InvariantCulture), "-d", "mta-sts.example.com", .. common],
            new Dictionary<string, string?> { ["REQUESTS_CA_BUNDLE"] = pebble.EndpointCaFile });
        Assert.True(result.ExitCode == 0, result.Output);

        var candidate = _folders.ReadOne(At("etc"), now: TimeProvider.System.GetUtcNow());
        Assert.Equal(["mta-sts.example.com"], candidate.Hosts);
        Assert.NotEmpty(candidate.Issuers);

        string At(string name) => Path.Combine(_folders.Path, name);
    }

    [Fact]
    public async Task Hostile_files_are_named_and_nothing_waits_for_them()
    {
        using var outside = new TestFolder();
        await File.WriteAllTextAsync(Path.Combine(outside.Path, "secret.pem"), "secret", TestContext.Current.CancellationToken);
        _folders.Write("good.pem", _folders.Issue("mta-sts.example.com"));
        await ShellAsync("mkfifo pipe.pem; ln -s pipe.pem to-pipe.pem; ln -s /dev/zero zero.pem; ln -s loop.pem loop.pem; ln -s nothing.pem broken.pem; ln -s . again; mkdir big; head -c 3000000 /dev/zero > big/big.pem; : > empty.key");
        await ShellAsync($"ln -s {outside.Path}/secret.pem escape.pem; head -c 3000 /dev/urandom > noise.pfx; head -c 3000 /dev/urandom > noise.key; printf '0\\203\\377\\377\\377' > der.cer");
        await ShellAsync("mkdir -p $(printf 'd/%.0s' $(seq 30)); echo x > $(printf 'd/%.0s' $(seq 30))deep.pem");
        await ShellAsync("printf -- '-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n-----BEGIN RSA PRIVATE KEY-----\\nAAAA\\n-----END RSA PRIVATE KEY-----\\n' > bad.pem");

        var findings = _folders.Read();

        Assert.Equal("good.pem", Assert.Single(findings.Candidates).File);
        Assert.All(findings.Faults, fault => Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal));
        var faults = findings.Faults.ToLookup(fault => fault.File, fault => fault.Message);
        Assert.Equal(["is empty, or no plain file"], faults["pipe.pem"]);
        Assert.Equal(["is empty, or no plain file"], faults["to-pipe.pem"]);
        Assert.Equal(["is empty, or no plain file"], faults["empty.key"]);
        Assert.Equal(["is a link that leads out of the folder and was not followed"], faults["zero.pem"]);
        Assert.Equal(["is a link that leads out of the folder and was not followed"], faults["escape.pem"]);
        Assert.Equal(["is a link to nothing"], faults["broken.pem"]);
        Assert.Equal(["is a link to a folder and was not followed"], faults["again"]);
        Assert.Equal(["is longer than 1024 KiB"], faults["big/big.pem"]);
        Assert.Equal(["holds a certificate that cannot be read", "holds a key that cannot be read"], faults["bad.pem"]);
        Assert.Equal(["is no PKCS#12 file that can be read"], faults["noise.pfx"]);
        Assert.Equal(["holds a certificate that cannot be read"], faults["der.cer"]);
        Assert.Single(faults["loop.pem"]);
        Assert.Single(faults["noise.key"]);
        Assert.Contains(findings.Faults, fault => fault.Message == "lies deeper than 16 folders and was left out");
        Assert.Equal(15, findings.Faults.Count);
    }

    [Fact]
    public void Thousands_of_files_are_read()
    {
        var leaf = _folders.Issue("mta-sts.example.com");
        for (var number = 0; number < 3000; number++)
        {
            _folders.Write($"{number % 50}/{number}.pem", leaf);
        }

        var findings = _folders.Read();
        Assert.Equal((3000, 0), (findings.Files, findings.Faults.Count));
        Assert.Equal(50, findings.Candidates.Count);
    }

    [Theory]
    [InlineData(ImportFormat.Certbot, "no folder live")]
    [InlineData(ImportFormat.Caddy, "no folder certificates")]
    [InlineData(ImportFormat.LettuceEncrypt, "no folder certs")]
    internal void A_folder_of_another_layout_is_refused(ImportFormat format, string reason)
    {
        Assert.Null(ImportFolder.Open(_folders.Path, format, [], out var refusal));
        Assert.Contains(reason, refusal, StringComparison.Ordinal);
    }

    private static void AssertReading(ImportFindings findings, string result)
    {
        var candidate = Assert.Single(findings.Candidates.DefaultIfEmpty());
        if (result.StartsWith('!'))
        {
            Assert.Contains(result[1..], Assert.Single(findings.Faults).Message, StringComparison.Ordinal);
            Assert.True(candidate is null || candidate.Faults.Contains("its private key is not in the same folder"));
        }
        else
        {
            Assert.Empty(findings.Faults);
            Assert.Empty(candidate!.Faults);
        }
    }

    private void AssertRefused(string reason, X509Certificate2 leaf, string? chain = null)
    {
        _folders.Write("a.pem", leaf, chain);
        Assert.Contains(reason, Assert.Single(Assert.Single(_folders.Read().Candidates).Faults), StringComparison.Ordinal);
    }

    private async Task ShellAsync(string command)
    {
        Requires.Program("openssl", "package openssl");
        var result = await ChildProcess.RunAsync("sh", ["-ec", command], workingDirectory: _folders.Path);
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
