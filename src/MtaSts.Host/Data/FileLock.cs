namespace MtaSts.Host.Data;

/// <summary>A file that one process at a time holds open; the system lets it go when the process ends, however it ends.</summary>
internal static class FileLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Null while another process holds it. Dispose to let it go.</summary>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static FileStream? TryTake(string path)
    {
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return PrivateFiles.Open(path, FileMode.OpenOrCreate, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <exception cref="TimeoutException">Another process has held it for all of <paramref name="atMost"/>.</exception>
    public static async Task<FileStream> TakeAsync(string path, TimeSpan atMost, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < atMost; waited += Pause)
        {
            if (TryTake(path) is { } taken)
            {
                return taken;
            }

            await Task.Delay(Pause, cancellationToken);
        }

        throw new TimeoutException($"Another process has held {path} for {atMost.TotalSeconds:F0} s.");
    }
}
