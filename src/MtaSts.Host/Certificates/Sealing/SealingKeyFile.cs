using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates.Sealing;

/// <summary>
/// `sealing.key` of `Data:Directory`: a key a line, the first seals, all of them open. Empty lines and lines that begin with # are for people.
/// </summary>
internal sealed class SealingKeyFile(string path)
{
    private const int LargestFile = 64 * 1024;

    public string Path => path;

    /// <summary>Changes whenever the file is replaced; asking costs one call of the system.</summary>
    public (DateTime Written, DateTime Born, long Length) Stamp()
    {
        var file = new FileInfo(path);
        return file.Exists ? (file.LastWriteTimeUtc, file.CreationTimeUtc, file.Length) : default;
    }

    /// <summary>Empty when there is no file.</summary>
    /// <exception cref="KeySealingException">It holds something else than keys.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public IReadOnlyList<SealingKey> Read()
    {
        if (!File.Exists(path))
        {
            return [];
        }

        var text = File.ReadAllText(path);
        var keys = new List<SealingKey>();
        var lines = text.Length > LargestFile ? [text] : text.Split('\n');
        for (var number = 0; number < lines.Length; number++)
        {
            var line = lines[number].Trim();
            if (line.Length > 0 && line[0] != '#')
            {
                keys.Add(SealingKey.Parse(line) ?? throw new KeySealingException(
                    string.Create(CultureInfo.InvariantCulture, $"Line {number + 1} of {path} does not hold {SealingKey.Bytes} bytes in base64.")));
            }
        }

        return keys.Count > 0 ? [.. keys.DistinctBy(key => key.Id)] : throw new KeySealingException($"{path} holds no key.");
    }

    /// <summary>Makes the file with a new key, unless there is one: were two processes of one folder to start together, what the slower one sealed could not be opened again.</summary>
    public void MakeIfMissing()
    {
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        PrivateFiles.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        PrivateFiles.Write(temporary, Text([SealingKey.New()]));
        try
        {
            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Replaces the keys as a whole. When it returns, the file is on the disk: rows may be sealed with its new key.</summary>
    public void Write(IEnumerable<SealingKey> keys)
    {
        PrivateFiles.Write(path, Text(keys));
        // The bytes were on the disk before the file got its name. This call brings the name there: on journaling file systems a change of
        // the name is one of the file, too. Without it a power cut could bring back the old file under rows that need the new key.
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static byte[] Text(IEnumerable<SealingKey> keys) => Encoding.ASCII.GetBytes(string.Concat(keys.Select(key => key.Export() + "\n")));
}
