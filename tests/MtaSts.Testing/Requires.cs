using Xunit;

namespace MtaSts.Testing;

/// <summary>What a test needs of the machine; where it is missing the test is skipped and says what to install.</summary>
public static class Requires
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries), "/usr/sbin", "/sbin"];

    private static readonly Lazy<Task<bool>> NamespacesWork = new(async () =>
        (await ChildProcess.RunAsync("unshare", ["--net", "--mount", "ip", "link", "set", "lo", "up"])).ExitCode == 0);

    private static readonly Lazy<Task<bool>> MountNamespacesWork = new(async () =>
        (await ChildProcess.RunAsync("unshare", ["--mount", "--propagation", "private", "true"])).ExitCode == 0);

    /// <returns>The program's full path.</returns>
    public static string Program(string name, string package)
    {
        string? path = Find(name);
        Assert.SkipWhen(path is null, $"{name} is not installed ({package}).");
        return path!;
    }

    public static void Root() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "This test must run as root.");

    /// <summary>Network and mount namespaces, as `unshare --net --mount` makes them.</summary>
    public static async Task NetworkNamespacesAsync()
    {
        Root();
        Program("unshare", "package util-linux");
        Program("nsenter", "package util-linux");
        Program("ip", "package iproute2");
        Assert.SkipUnless(await NamespacesWork.Value, "This machine allows no network and mount namespaces (unshare --net --mount).");
    }

    /// <summary>Mount namespaces, as `unshare --mount` makes them.</summary>
    public static async Task MountNamespacesAsync()
    {
        Root();
        Program("unshare", "package util-linux");
        Assert.SkipUnless(await MountNamespacesWork.Value, "This machine allows no mount namespaces (unshare --mount).");
    }

    // Daemons lie in sbin folders, which an ordinary user's PATH leaves out.
    internal static string? Find(string name) =>
        Folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
