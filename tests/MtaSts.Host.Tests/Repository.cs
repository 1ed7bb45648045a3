namespace MtaSts.Host.Tests;

/// <summary>The files of the repository that tests look at.</summary>
internal static class Repository
{
    // Up from the test's own folder: source paths in a deterministic build are not paths of this machine.
    private static readonly Lazy<string> Folder = new(() =>
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "MtaSts.Host.sln")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests are not below the repository.");
        }

        return folder.FullName;
    });

    /// <summary>Where MtaSts.Host.sln is.</summary>
    public static string Top => Folder.Value;
}
