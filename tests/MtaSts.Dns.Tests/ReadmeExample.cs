using System.Net;

namespace MtaSts.Dns.Tests;

/// <summary>The example of the README of MtaSts.Dns, word for word.</summary>
internal static class ReadmeExample
{
    public static async Task RunAsync(IPEndPoint primary, string secret, CancellationToken cancellationToken)
    {
        var key = TsigKey.Parse("mtasts-updater", "hmac-sha256", secret);
        using var client = new DnsUpdateClient(primary, key, TimeProvider.System); // keep it: its connection stays open
        var zone = DnsName.Parse("example.test");
        var update = new DnsUpdate(zone)
            .ReplaceRecords(DnsName.Parse("_mta-sts.example.test"), 300, TextData.Of("v=STSv1; id=20260101000000000;"))
            .ReplaceRecords(DnsName.Parse("_smtp._tls.example.test"), 300, TextData.Of("v=TLSRPTv1; rua=mailto:reports@example.test"));
        try
        {
            await client.ApplyAsync(update, cancellationToken); // all of it or nothing; the server's word for it is signed
        }
        catch (DnsException failure) when (!failure.IsTransient)
        {
            Console.Error.WriteLine($"{failure.Kind}: {failure.Message}"); // someone must act: what, the message says
        }
    }
}
