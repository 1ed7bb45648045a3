using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates;

/// <summary>A private key of the store cannot be opened. The message names no key bytes.</summary>
internal sealed class KeySealingException(string message) : Exception(message);

/// <summary>
/// Private keys leave this process only sealed: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. What the key is for goes in as
/// additional data, so that a sealed key that was copied to another row does not open. The version and the sealing key's id stand in
/// front, so that a later version can tell by which key a row was sealed. Safe from all threads.
/// </summary>
internal sealed class KeySealing(IOptions<CertificatesOptions> options, IOptions<DataOptions> data)
{
    public const int KeyBytes = 32;

    private const byte Version = 1;
    private const int IdBytes = 4;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + IdBytes + NonceBytes;

    private readonly Lock _gate = new();
    private readonly string _path = data.Value.PathOf("sealing.key");
    private volatile byte[]? _key;

    public byte[] Seal(ReadOnlySpan<byte> content, string purpose)
    {
        var key = Key(mayMake: true);
        var result = new byte[HeadBytes + content.Length + TagBytes];
        result[0] = Version;
        IdOf(key, result.AsSpan(1, IdBytes));
        var nonce = result.AsSpan(1 + IdBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, content, result.AsSpan(HeadBytes, content.Length), result.AsSpan(HeadBytes + content.Length), Encoding.UTF8.GetBytes(purpose));
        return result;
    }

    /// <summary>The caller wipes the result after use.</summary>
    /// <exception cref="KeySealingException">Sealed with another key or for another purpose, or damaged.</exception>
    public byte[] Open(ReadOnlySpan<byte> content, string purpose)
    {
        if (content.Length < HeadBytes + TagBytes || content[0] != Version)
        {
            throw new KeySealingException($"The sealed key of {purpose} is damaged, or was written by a later version.");
        }

        var key = Key(mayMake: false);
        Span<byte> id = stackalloc byte[IdBytes];
        IdOf(key, id);
        if (!id.SequenceEqual(content.Slice(1, IdBytes)))
        {
            throw new KeySealingException(
                $"The key of {purpose} was sealed with another sealing key than this node's. All nodes of one store need the same: "
                + $"set Certificates:SealingKey, or copy {_path} from the node that made it or from its backup.");
        }

        var result = new byte[content.Length - HeadBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(content.Slice(1 + IdBytes, NonceBytes), content[HeadBytes..^TagBytes], content[^TagBytes..], result, Encoding.UTF8.GetBytes(purpose));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new KeySealingException($"The sealed key of {purpose} is damaged, or belongs to another row.");
        }

        return result;
    }

    private byte[] Key(bool mayMake)
    {
        if (_key is { } known)
        {
            return known;
        }

        lock (_gate)
        {
            return _key ??= options.Value.SealingKey is { } configured ? Convert.FromBase64String(configured) : ReadFile(mayMake);
        }
    }

    private byte[] ReadFile(bool mayMake)
    {
        if (!File.Exists(_path))
        {
            if (!mayMake)
            {
                throw new KeySealingException($"The store holds sealed keys, but {_path} is missing and Certificates:SealingKey is not set.");
            }

            MakeFile();
        }

        var key = new byte[KeyBytes];
        return Convert.TryFromBase64String(File.ReadAllText(_path).Trim(), key, out var length) && length == KeyBytes
            ? key
            : throw new KeySealingException($"{_path} does not hold {KeyBytes} bytes in base64.");
    }

    // Never overwrites: were two processes of one folder to start together, what the slower one sealed could not be opened again.
    private void MakeFile()
    {
        var temporary = _path + "." + RandomNumberGenerator.GetHexString(8, lowercase: true);
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(_path)!);
        PrivateFiles.Write(temporary, Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes)) + "\n"));
        try
        {
            File.Move(temporary, _path, overwrite: false);
        }
        catch (IOException) when (File.Exists(_path))
        {
            File.Delete(temporary);
        }
    }

    // One way, so that the id in the store tells nothing of the key.
    private static void IdOf(byte[] key, Span<byte> id)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, "sealing key id"u8, hash);
        hash[..id.Length].CopyTo(id);
    }
}
