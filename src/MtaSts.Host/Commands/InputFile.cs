using System.Globalization;

namespace MtaSts.Host.Commands;

/// <summary>Reads a file, or standard input, as bytes.</summary>
internal static class InputFile
{
    public const string StandardInput = "-";

    // As much as the API takes; senders read 64 KiB of a policy (RFC 8461 §3.3).
    private const int LargestInput = 1024 * 1024;

    /// <summary>The bytes, or in one sentence why there are none.</summary>
    public static async Task<(byte[]? Bytes, string? Fault)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            return (null, "FILE is empty.");
        }

        if (Directory.Exists(name))
        {
            return (null, $"{name} is a folder.");
        }

        try
        {
            await using var input = name == StandardInput ? Console.OpenStandardInput() : File.OpenRead(name);
            var bytes = new byte[LargestInput + 1];
            var length = await input.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return length <= LargestInput
                ? (bytes[..length], null)
                : (null, string.Create(CultureInfo.InvariantCulture, $"{name} is longer than {LargestInput} bytes."));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return (null, $"There is no file {name}.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return (null, $"{name} cannot be read: {exception.Message}");
        }
    }
}
