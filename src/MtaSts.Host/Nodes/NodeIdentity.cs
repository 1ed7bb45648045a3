using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;

namespace MtaSts.Host.Nodes;

/// <summary>
/// What this node remembers outside the store, in `node.json` of `Data:Directory`: its own name and how far it has read. A store that
/// comes back with less than that was restored from a backup. Safe from all threads.
/// </summary>
internal sealed class NodeIdentity(IOptions<DataOptions> options)
{
    private readonly Lock _lock = new();
    private Remembered? _remembered;

    // Not before it is used: faults of the settings are told by those who check them, all at once.
    private string FilePath => options.Value.PathOf("node.json");

    private sealed record Remembered(string Node, StorePosition? Position);

    public string Name => Read().Node;

    /// <summary>The last position this node has read, or null before the first.</summary>
    public StorePosition? Position
    {
        get
        {
            lock (_lock)
            {
                // Only a look: the commands ask, too, and must leave no file behind.
                return (_remembered ?? ReadFile())?.Position;
            }
        }
    }

    public void Remember(StorePosition position)
    {
        lock (_lock)
        {
            var known = Read();
            if (known.Position != position)
            {
                Write(known with { Position = position });
            }
        }
    }

    private Remembered Read()
    {
        lock (_lock)
        {
            return ReadUnlocked();
        }
    }

    private Remembered ReadUnlocked()
    {
        _remembered ??= ReadFile();
        if (_remembered is null)
        {
            Write(new Remembered(RandomNumberGenerator.GetHexString(16, lowercase: true), null));
        }

        return _remembered!;
    }

    private Remembered? ReadFile()
    {
        if (!File.Exists(FilePath))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Remembered>(File.ReadAllBytes(FilePath)) is { Node: not null } read ? read : null;
        }
        catch (JsonException)
        {
            // A file that cannot be read is as good as none: the node gets a new name and remembers from now on.
            return null;
        }
    }

    private void Write(Remembered next)
    {
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        PrivateFiles.Write(FilePath, JsonSerializer.SerializeToUtf8Bytes(next));
        _remembered = next;
    }
}
