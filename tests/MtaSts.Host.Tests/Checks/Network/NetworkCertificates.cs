using MtaSts.Testing;

namespace MtaSts.Host.Tests.Checks.Network;

/// <summary>Certificates of every kind, as PEM files in a folder.</summary>
internal sealed class NetworkCertificates(string folder) : IDisposable
{
    private const string IssuerUrl = "http://ca.test/between.cer";

    private readonly TestAuthority _trusted = new(folder);
    private readonly TestAuthority _stranger = new(folder, "Stranger");

    public string Root => _trusted.RootFile;

    /// <summary>Writes `FILE.pem` and `FILE.key`, and both as `FILE.chain`.</summary>
    /// <param name="kind">As the table names it.</param>
    /// <param name="file">Without its end.</param>
    /// <param name="names">The server's name first.</param>
    /// <returns>Path without its end.</returns>
    public string Issue(string kind, string file, IReadOnlyList<string> names)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var between = _trusted.Below("Between");
        switch (kind)
        {
            case "good":
                between.Issue(file, names, withIssuer: true);
                break;
            case "expired":
                between.Issue(file, names, now.AddDays(-30), now.AddDays(-1), withIssuer: true);
                break;
            case "tomorrow":
                between.Issue(file, names, now.AddDays(1), withIssuer: true);
                break;
            case "soon":
                between.Issue(file, names, now.AddDays(-80), now.AddDays(3), withIssuer: true);
                break;
            case "otherName":
                between.Issue(file, [$"www.{names[0]}"], withIssuer: true);
                break;
            case "commonName":
                between.Issue(file, [], commonName: names[0], withIssuer: true);
                break;
            case "wildcard":
                between.Issue(file, ["*" + names[0][names[0].IndexOf('.', StringComparison.Ordinal)..]], withIssuer: true);
                break;
            case "cutChain":
                between.Issue(file, names, issuerUrl: IssuerUrl);
                break;
            case "untrusted":
                _stranger.Issue(file, names);
                break;
            default:
                throw new ArgumentException(kind, nameof(kind));
        }

        var path = Path.Combine(folder, file);
        File.WriteAllText(path + ".chain", File.ReadAllText(path + ".key") + File.ReadAllText(path + ".pem"));
        return path;
    }

    public void Dispose()
    {
        _trusted.Dispose();
        _stranger.Dispose();
    }
}
