using System.Text;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;

namespace MtaSts.Host.Access;

/// <summary>The provider key of the very first start: the operator's own, or one written to a file that only he may read.</summary>
internal sealed partial class InitialKey(
    Store store, ApiKeyEditor editor, IOptions<AccessOptions> access, IOptions<DataOptions> data, ILogger<InitialKey> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var db = store.Open())
        {
            if (await ApiKeyEditor.HadProviderKeyAsync(db, cancellationToken))
            {
                return;
            }
        }

        if (access.Value.InitialKey is { } chosen)
        {
            await editor.CreateInitialAsync(chosen, cancellationToken);
            return;
        }

        // The file first: a key in the store that nobody ever saw would lock the operator out.
        var path = data.Value.PathOf("admin.key");
        var secret = KeySecrets.New();
        PrivateFiles.Write(path, Encoding.ASCII.GetBytes(secret + "\n"));
        if (await editor.CreateInitialAsync(secret, cancellationToken))
        {
            Log.Written(logger, path);
        }
        else
        {
            // Another node was first: the key in this file opens nothing.
            File.Delete(path);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Information, "The first provider key was written to {Path}")]
        public static partial void Written(ILogger logger, string path);
    }
}
