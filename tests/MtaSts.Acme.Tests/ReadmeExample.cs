using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MtaSts.Acme.Tests;

internal static class ReadmeExample
{
    public static async Task RunAsync(Uri directoryUrl, X509Certificate2Collection? trustedRoots, string webRoot, string name)
    {
        using var http = AcmeClient.CreateHttpClient(trustedRoots); // null: those of the system
        using var ca = new AcmeClient(http, directoryUrl, TimeProvider.System, "Example/1.0");
        using var accountKey = AccountKey.Create(); // store accountKey.ExportPkcs8(): it is the account
        var account = (await ca.CreateAccountAsync(accountKey, ["mailto:ops@example.com"], acceptTerms: true)).Account;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256); // a new one for each certificate
        try
        {
            var flow = new AcmeOrderFlow(ca, [new FolderSolver(webRoot)], TimeProvider.System);
            var chain = await flow.IssueAsync(account, [name], key);
            await File.WriteAllTextAsync(Path.Combine(webRoot, "..", "chain.pem"), chain.ToPem());
        }
        catch (AcmeException failure)
        {
            // Whose it is decides what to stop: this name, the account, or all requests to this CA until then.
            Console.Error.WriteLine($"{failure.Blame}'s failure, come again {failure.RetryAt}: {failure.Message}");
        }
    }
}

internal sealed class FolderSolver(string webRoot) : IChallengeSolver
{
    public string ChallengeType => AcmeChallengeTypes.Http01;

    public Task PutUpAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(webRoot + answer.HttpPath)!);
        return File.WriteAllTextAsync(webRoot + answer.HttpPath, answer.Text, cancellationToken);
    }

    public Task TakeDownAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken)
    {
        File.Delete(webRoot + answer.HttpPath);
        return Task.CompletedTask;
    }
}
