using System.Globalization;

namespace MtaSts.Host.Certificates.Import;

/// <summary>
/// The files of a folder that may hold certificates and keys, folder by folder. Others may have written the folder: links lead nowhere but
/// inside it, nothing but plain files is opened, and depth, number and size are bounded.
/// </summary>
internal sealed class ImportFolder
{
    public const int LargestFile = 1024 * 1024;

    private const int MostEntries = 1_000_000;
    private const int Deepest = 16;

    private static readonly string[] Pem = [".pem", ".crt", ".cer", ".key"];
    private static readonly string[] Pfx = [".pfx", ".p12"];

    private readonly string _top;
    private readonly string _start;
    private readonly string[] _extensions;
    private readonly string[] _inside;
    private readonly List<ImportFault> _faults;
    private int _entries;

    private ImportFolder(string top, string start, string[] extensions, string[] inside, List<ImportFault> faults)
    {
        _top = top;
        _start = start;
        _extensions = extensions;
        _inside = inside;
        _faults = faults;
    }

    /// <param name="path">A folder, or one file.</param>
    /// <param name="format">Which layout to expect.</param>
    /// <param name="faults">Takes what cannot be read.</param>
    /// <param name="refusal">In one sentence why <paramref name="path"/> cannot be of that format; then the result is null.</param>
    public static ImportFolder? Open(string path, ImportFormat format, List<ImportFault> faults, out string? refusal)
    {
        refusal = null;
        var top = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (File.Exists(top))
        {
            return new ImportFolder(Path.GetDirectoryName(top)!, top, [.. Pem, .. Pfx], [Path.GetDirectoryName(Real(top))!], faults);
        }

        if (!Directory.Exists(top))
        {
            refusal = $"There is no file or folder {path}.";
            return null;
        }

        var found = format == ImportFormat.Auto ? Guess(top) : format;
        var start = found switch
        {
            ImportFormat.Certbot => Path.GetFileName(top) == "live" || Path.GetFileName(Path.GetDirectoryName(top)) == "live" ? top : Path.Combine(top, "live"),
            ImportFormat.Caddy => Path.GetFileName(top) == "certificates" ? top : Path.Combine(top, "certificates"),
            ImportFormat.LettuceEncrypt => Path.GetFileName(top) == "certs" ? top : Path.Combine(top, "certs"),
            _ => top,
        };
        if (!Directory.Exists(start))
        {
            refusal = $"{path} has no folder {Path.GetFileName(start)}, so it is not of {found}.";
            return null;
        }

        string[] extensions = found switch
        {
            ImportFormat.Pem => Pem,
            ImportFormat.Certbot => [".pem"],
            ImportFormat.Caddy => [".crt", ".key"],
            ImportFormat.Pfx => Pfx,
            ImportFormat.LettuceEncrypt => [".pfx"],
            _ => [.. Pem, .. Pfx],
        };
        var inside = Real(top);
        string[] more = found != ImportFormat.Certbot ? [] : Path.GetFileName(inside) == "live" ? [Path.GetDirectoryName(inside)!] : Path.GetFileName(start) == "live" ? [] : [Path.GetDirectoryName(Path.GetDirectoryName(inside))!];
        return new ImportFolder(top, start, extensions, [inside, .. more], faults);
    }

    /// <summary>The name of a file as people see it.</summary>
    public string NameOf(string file) => Path.GetRelativePath(_top, file);

    /// <summary>Each folder with its files, in the order of their names.</summary>
    public IEnumerable<IReadOnlyList<string>> Folders() => File.Exists(_start) ? [[_start]] : Walk(_start, 0);

    /// <summary>Null when it cannot be read; the fault is noted.</summary>
    public byte[]? Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[Math.Min(stream.Length, LargestFile) + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length <= LargestFile)
            {
                return bytes[..length];
            }

            Complain(file, $"is longer than {LargestFile / 1024} KiB");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Complain(file, "cannot be read: " + Reason(exception));
        }

        return null;
    }

    public void Complain(string file, string message) => _faults.Add(new ImportFault(NameOf(file), message));

    private static ImportFormat Guess(string top) =>
        Path.GetFileName(top) == "live" || Directory.Exists(Path.Combine(top, "live")) ? ImportFormat.Certbot
        : Directory.Exists(Path.Combine(top, "certificates")) ? ImportFormat.Caddy
        : Directory.Exists(Path.Combine(top, "certs")) && Directory.EnumerateFiles(Path.Combine(top, "certs"), "*.pfx").Any() ? ImportFormat.LettuceEncrypt
        : ImportFormat.Auto;

    private static string Real(string path) => (Directory.Exists(path) ? new DirectoryInfo(path) : (FileSystemInfo)new FileInfo(path)).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path;

    private IEnumerable<IReadOnlyList<string>> Walk(string folder, int depth)
    {
        if (depth > Deepest)
        {
            Complain(folder, string.Create(CultureInfo.InvariantCulture, $"lies deeper than {Deepest} folders and was left out"));
            yield break;
        }

        var files = new List<string>();
        var folders = new List<string>();
        foreach (var entry in Entries(folder))
        {
            if (++_entries > MostEntries)
            {
                Complain(folder, string.Create(CultureInfo.InvariantCulture, $"and what follows was left out: these are more than {MostEntries} files"));
                yield break;
            }

            if (entry is DirectoryInfo && entry.LinkTarget is null)
            {
                folders.Add(entry.FullName);
            }
            else if (entry is DirectoryInfo)
            {
                Complain(entry.FullName, "is a link to a folder and was not followed");
            }
            else if (_extensions.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase) && IsPlainFile((FileInfo)entry))
            {
                files.Add(entry.FullName);
            }
        }

        if (files.Count > 0)
        {
            files.Sort(StringComparer.Ordinal);
            yield return files;
        }

        foreach (var below in folders.Order(StringComparer.Ordinal).SelectMany(each => Walk(each, depth + 1)))
        {
            yield return below;
        }
    }

    private FileSystemInfo[] Entries(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).GetFileSystemInfos();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Complain(folder, "cannot be read: " + Reason(exception));
            return [];
        }
    }

    // Pipes, sockets, devices and the files of /proc have no length: opening one could wait for ever.
    private bool IsPlainFile(FileInfo file)
    {
        try
        {
            var target = file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!;
            if (!_inside.Any(folder => target.FullName.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal)))
            {
                Complain(file.FullName, "is a link that leads out of the folder and was not followed");
                return false;
            }

            if (target.Exists && target.Length > 0)
            {
                return true;
            }

            Complain(file.FullName, target.Exists ? "is empty, or no plain file" : "is a link to nothing");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidCastException)
        {
            Complain(file.FullName, "cannot be read: " + Reason(exception));
        }

        return false;
    }

    // The system's own messages repeat the path, which stands in front already.
    private static string Reason(Exception exception) => exception is UnauthorizedAccessException ? "permission denied" : exception.Message;
}
