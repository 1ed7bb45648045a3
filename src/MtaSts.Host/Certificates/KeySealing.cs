using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Data;

namespace MtaSts.Host.Certificates;

/// <summary>A private key of the store cannot be opened. The message names no key bytes.</summary>
internal sealed class KeySealingException(string message) : Exception(message);

/// <summary>
/// Private keys leave this process only sealed: AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. What the key is for goes in as
/// additional data, so that a sealed key that was copied to another row does not open. The version and the sealing key's id stand in
/// front: there may be several sealing keys. The first one seals, all of them open; the key file is read again whenever it has changed, so
/// that a new key needs no restart. Safe from all threads.
/// </summary>
internal sealed class KeySealing(IOptions<CertificatesOptions> options, IOptions<DataOptions> data)
{
    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int HeadBytes = 1 + SealingKey.IdBytes + NonceBytes;

    private readonly Lock _gate = new();
    // By id, all that this process has ever seen: certificates that it holds in memory are sealed with the key of the time when they were
    // read, and must open also after that key was taken out of the file. A restart forgets.
    private readonly Dictionary<string, SealingKey> _seen = [];
    private (DateTime Written, DateTime Born, long Length) _stamp;
    private IReadOnlyList<SealingKey> _keys = [];
    private SealingKey? _current;

    public SealingKeyFile KeyFile { get; } = new(data.Value.PathOf("sealing.key"));

    /// <summary>The first is the current one. From the settings, if it is set there; those of the key file open as well.</summary>
    /// <exception cref="KeySealingException">The key file holds something else than keys.</exception>
    public IReadOnlyList<SealingKey> Keys
    {
        get
        {
            lock (_gate)
            {
                return Look();
            }
        }
    }

    public bool IsConfigured => options.Value.SealingKey is not null;

    /// <summary>Id of the sealing key that it needs; null when it is damaged.</summary>
    public static string? IdOf(ReadOnlySpan<byte> content) =>
        content.Length < HeadBytes + TagBytes || content[0] != Version ? null : Convert.ToHexStringLower(content.Slice(1, SealingKey.IdBytes));

    /// <summary>Whether that sealing key is here.</summary>
    public bool Knows(string id) => Find(id) is not null;

    public byte[] Seal(ReadOnlySpan<byte> content, string purpose)
    {
        var key = Current();
        var result = new byte[HeadBytes + content.Length + TagBytes];
        result[0] = Version;
        Convert.FromHexString(key.Id).CopyTo(result, 1);
        var nonce = result.AsSpan(1 + SealingKey.IdBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Key, TagBytes);
        aes.Encrypt(nonce, content, result.AsSpan(HeadBytes, content.Length), result.AsSpan(HeadBytes + content.Length), Encoding.UTF8.GetBytes(purpose));
        return result;
    }

    /// <summary>The caller wipes the result after use.</summary>
    /// <exception cref="KeySealingException">Sealed with another key or for another purpose, or damaged.</exception>
    public byte[] Open(ReadOnlySpan<byte> content, string purpose)
    {
        var id = IdOf(content) ?? throw new KeySealingException($"The sealed key of {purpose} is damaged, or was written by a later version.");
        var key = Find(id) ?? throw new KeySealingException(Unknown(purpose));
        var result = new byte[content.Length - HeadBytes - TagBytes];
        using var aes = new AesGcm(key.Key, TagBytes);
        try
        {
            aes.Decrypt(content.Slice(1 + SealingKey.IdBytes, NonceBytes), content[HeadBytes..^TagBytes], content[^TagBytes..], result, Encoding.UTF8.GetBytes(purpose));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw new KeySealingException($"The sealed key of {purpose} is damaged, or belongs to another row.");
        }

        return result;
    }

    /// <summary>The same content, sealed with the current key.</summary>
    /// <exception cref="KeySealingException">It cannot be opened.</exception>
    public byte[] SealAgain(ReadOnlySpan<byte> content, string purpose)
    {
        var opened = Open(content, purpose);
        try
        {
            return Seal(opened, purpose);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened);
        }
    }

    private SealingKey Current()
    {
        lock (_gate)
        {
            Look();
            if (_current is null)
            {
                KeyFile.MakeIfMissing();
                Look();
            }

            return _current!;
        }
    }

    private SealingKey? Find(string id)
    {
        lock (_gate)
        {
            if (!_seen.ContainsKey(id))
            {
                Look();
            }

            return _seen.GetValueOrDefault(id);
        }
    }

    // Under the gate. Reads the file only when it is not the one that was read last: whoever keeps asking for an unknown key costs a stat.
    private IReadOnlyList<SealingKey> Look()
    {
        var stamp = KeyFile.Stamp();
        // Moved away while the service runs: what is in memory goes on to count, a new key would come between the old one and its rows.
        if (_current is not null && (stamp == _stamp || stamp == default))
        {
            return _keys;
        }

        try
        {
            var first = options.Value.SealingKey is { } configured ? [Parse(configured)] : Array.Empty<SealingKey>();
            SealingKey[] current = [.. first, .. KeyFile.Read()];
            _keys = [.. current.Concat(options.Value.OldKeys.Select(Parse)).DistinctBy(key => key.Id)];
            _current = current.FirstOrDefault();
            _stamp = stamp;
        }
        catch (Exception exception) when (_current is not null && exception is KeySealingException or IOException or UnauthorizedAccessException)
        {
            // Half copied, or damaged: the same.
        }

        foreach (var key in _keys)
        {
            _seen.TryAdd(key.Id, key);
        }

        return _keys;
    }

    private static SealingKey Parse(string text) => SealingKey.Parse(text) ?? throw new KeySealingException("A sealing key of the settings is not 32 bytes in base64.");

    private string Unknown(string purpose)
    {
        const string Lost = "If it is lost for good: mtasts sealing-key lost.";
        return Keys.Count == 0
            ? $"The store holds sealed keys, but {KeyFile.Path} is missing and Certificates:SealingKey is not set. {Lost}"
            : $"The key of {purpose} was sealed with another sealing key than this node's. All nodes of one store need the same: "
            + $"set Certificates:SealingKey, or copy {KeyFile.Path} from the node that made it or from its backup. {Lost}";
    }
}
