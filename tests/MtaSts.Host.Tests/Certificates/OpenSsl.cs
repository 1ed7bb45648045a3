using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

/// <summary>The openssl program as an independent client and verifier.</summary>
internal static class OpenSsl
{
    private static readonly bool IsThere = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "openssl")));

    /// <summary>One handshake; all that it prints.</summary>
    public static Task<string> ClientAsync(CertificatesRig rig, params string[] arguments) =>
        RunAsync(["s_client", "-connect", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{rig.Port}"), "-CAfile", rig.RootPath, .. arguments]);

    public static async Task<string> RunAsync(IEnumerable<string> arguments)
    {
        Assert.SkipUnless(IsThere, "there is no openssl program on the path");
        var start = new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        bound.CancelAfter(TimeSpan.FromSeconds(30));
        try
        {
            // The end of its input ends it, also when the test process is killed.
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(bound.Token);
            var errors = process.StandardError.ReadToEndAsync(bound.Token);
            await process.WaitForExitAsync(bound.Token);
            return await output + await errors;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
