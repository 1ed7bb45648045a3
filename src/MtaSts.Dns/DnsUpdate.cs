namespace MtaSts.Dns;

/// <summary>
/// A change of one zone (RFC 2136): prerequisites and changes, carried out whole and in their order, or not at all (§3.4). Names may be many: one message
/// has room for several hundred of them. Methods give the update itself, so that they can follow each other. Not safe for several threads at a time
/// while it is filled; after that it is.
/// </summary>
public sealed class DnsUpdate
{
    /// <summary>Longest time to live, in seconds (RFC 2181 §8).</summary>
    public const uint MaxTimeToLive = int.MaxValue;

    private readonly List<DnsRecord> _prerequisites = [];
    private readonly List<DnsRecord> _changes = [];

    /// <summary>An update of a zone that does nothing yet.</summary>
    /// <param name="zone">The zone's own name.</param>
    public DnsUpdate(DnsName zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        Zone = zone;
    }

    /// <summary>The zone.</summary>
    public DnsName Zone { get; }

    /// <summary>What must hold, as records of a message (§2.4).</summary>
    public IReadOnlyList<DnsRecord> Prerequisites => _prerequisites;

    /// <summary>What is changed, as records of a message (§2.5).</summary>
    public IReadOnlyList<DnsRecord> Changes => _changes;

    /// <summary>Prerequisite: there are records of this type at the name, whatever they say (§2.4.1).</summary>
    public DnsUpdate RequireRecords(DnsName name, DnsType type) => Require(name, DnsClass.Any, Nothing(type));

    /// <summary>Prerequisite: the records of one type at the name are exactly these; times to live do not count (§2.4.2).</summary>
    /// <param name="name">The name.</param>
    /// <param name="data">Their data, of one type and not none.</param>
    public DnsUpdate RequireRecords(DnsName name, params IReadOnlyCollection<DnsRecordData> data)
    {
        RequireOneType(data);
        foreach (var one in data)
        {
            Require(name, DnsClass.In, one);
        }

        return this;
    }

    /// <summary>Prerequisite: there are no records of this type at the name (§2.4.3).</summary>
    public DnsUpdate RequireNoRecords(DnsName name, DnsType type) => Require(name, DnsClass.None, Nothing(type));

    /// <summary>Prerequisite: there are records at the name (§2.4.4).</summary>
    public DnsUpdate RequireNameInUse(DnsName name) => Require(name, DnsClass.Any, new RawData(DnsType.Any, default));

    /// <summary>Prerequisite: there are no records at the name (§2.4.5).</summary>
    public DnsUpdate RequireNameNotInUse(DnsName name) => Require(name, DnsClass.None, new RawData(DnsType.Any, default));

    /// <summary>Adds a record; where there are some of its type, all get its time to live (§2.5.1, RFC 2181 §5.2). There already: nothing happens.</summary>
    /// <param name="name">The name.</param>
    /// <param name="timeToLive">Seconds, up to <see cref="MaxTimeToLive"/>.</param>
    /// <param name="data">The data.</param>
    public DnsUpdate Add(DnsName name, uint timeToLive, DnsRecordData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeToLive, MaxTimeToLive);
        RequireOfZone(data.Type);
        return Change(name, DnsClass.In, timeToLive, data);
    }

    /// <summary>Deletes all records of a type at the name (§2.5.2). None there: nothing happens.</summary>
    public DnsUpdate DeleteRecords(DnsName name, DnsType type) => Change(name, DnsClass.Any, 0, Nothing(type));

    /// <summary>Deletes all records at the name (§2.5.3); at the zone's own name SOA and NS stay.</summary>
    public DnsUpdate DeleteName(DnsName name) => Change(name, DnsClass.Any, 0, new RawData(DnsType.Any, default));

    /// <summary>Deletes one record; its time to live does not count (§2.5.4). Not there: nothing happens.</summary>
    public DnsUpdate DeleteRecord(DnsName name, DnsRecordData data)
    {
        ArgumentNullException.ThrowIfNull(data);
        RequireOfZone(data.Type);
        return Change(name, DnsClass.None, 0, data);
    }

    /// <summary>Makes the records of one type at the name exactly these: deletes all, adds each. Doing it twice does no harm.</summary>
    /// <param name="name">The name.</param>
    /// <param name="timeToLive">Seconds, up to <see cref="MaxTimeToLive"/>.</param>
    /// <param name="data">Their data, of one type and not none.</param>
    public DnsUpdate ReplaceRecords(DnsName name, uint timeToLive, params IReadOnlyCollection<DnsRecordData> data)
    {
        DeleteRecords(name, RequireOneType(data));
        foreach (var one in data)
        {
            Add(name, timeToLive, one);
        }

        return this;
    }

    /// <summary>The message, not signed yet (§2).</summary>
    public DnsMessage ToMessage(ushort id) => new()
    {
        Id = id,
        Opcode = DnsOpcode.Update,
        Question = new DnsQuestion(Zone, DnsType.Soa),
        Answers = _prerequisites,
        Authorities = _changes,
    };

    private DnsUpdate Require(DnsName name, DnsClass value, DnsRecordData data)
    {
        RequireInZone(name);
        _prerequisites.Add(new DnsRecord(name, value, 0, data));
        return this;
    }

    private DnsUpdate Change(DnsName name, DnsClass value, uint timeToLive, DnsRecordData data)
    {
        RequireInZone(name);
        _changes.Add(new DnsRecord(name, value, timeToLive, data));
        return this;
    }

    private void RequireInZone(DnsName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.IsAtOrBelow(Zone))
        {
            throw new ArgumentException($"{name} is not in the zone {Zone}", nameof(name));
        }
    }

    private static DnsType RequireOneType(IReadOnlyCollection<DnsRecordData> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var types = data.Select(one => one.Type).Distinct().ToList();
        RequireOfZone(types.Count == 1 ? types[0] : throw new ArgumentException("Records of one type, one at least.", nameof(data)));
        return types[0];
    }

    private static RawData Nothing(DnsType type)
    {
        RequireOfZone(type);
        return new RawData(type, default);
    }

    // RFC 6895 §3.1: what questions and messages have only.
    private static void RequireOfZone(DnsType type)
    {
        if (type is DnsType.None or DnsType.Opt or (>= (DnsType)128 and <= DnsType.Any))
        {
            throw new ArgumentException($"{DnsText.Of(type)} is no type of records in a zone.", nameof(type));
        }
    }
}
