using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Testing;

namespace MtaSts.Acme.Tests;

/// <summary>The example of the library's README compiles and works, and the files that it names exist.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Library = Path.Combine(Top(), "src", "MtaSts.Acme");
    private static readonly string Readme = File.ReadAllText(Path.Combine(Library, "README.md"));

    [Fact]
    public void The_README_shows_the_example_that_is_run_here()
    {
        var source = File.ReadAllText(Path.Combine(Top(), "tests", "MtaSts.Acme.Tests", "ReadmeExample.cs"));
        var shown = CodeBlock().Matches(Readme).Select(match => match.Groups["code"].Value).ToList();
        Assert.Equal(2, shown.Count);
        Assert.Contains(Indented(shown[0]), source, StringComparison.Ordinal);
        Assert.Contains(shown[1], source, StringComparison.Ordinal);
        Assert.InRange(shown[0].Split('\n').Length, 10, 21);
    }

    [Fact]
    public async Task The_example_brings_a_chain()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("mtasts-acme-");
        try
        {
            var webRoot = folder.CreateSubdirectory("www").FullName;
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            await using var web = builder.Build();
            web.Run(context => context.Response.SendFileAsync(webRoot + context.Request.Path));
            await web.StartAsync(cancellation);
            var address = new Uri(web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

            await using var ca = await StubCa.StartAsync();
            ca.Behaviour.Validates = true;
            ca.Behaviour.HttpTarget = new IPEndPoint(IPAddress.Loopback, address.Port);
            X509Certificate2Collection roots = [];
            roots.ImportFromPem(ca.RootPem);
            await ReadmeExample.RunAsync(ca.DirectoryUrl, roots, webRoot, "mta-sts.example.test");

            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(Path.Combine(folder.FullName, "chain.pem"));
            Assert.Equal(ca.Certificates.Single().Der.ToArray(), chain[0].RawData);
            Assert.Empty(Directory.GetFiles(webRoot, "*", SearchOption.AllDirectories));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Every_file_that_the_README_names_exists()
    {
        var named = FileName().Matches(Readme).Select(match => match.Groups["file"].Value).Distinct().ToList();
        Assert.True(named.Count > 20);
        Assert.All(named, file => Assert.True(File.Exists(Path.Combine(Library, file)), file));
    }

    // Up from the test's own folder: source paths in a deterministic build are not paths of this machine.
    private static string Top()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MtaSts.Host.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not below the repository.");
        }

        return folder.FullName;
    }

    private static string Indented(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Length == 0 ? line : "        " + line));

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"`(?<file>[A-Za-z./]+\.cs)`")]
    private static partial Regex FileName();
}
