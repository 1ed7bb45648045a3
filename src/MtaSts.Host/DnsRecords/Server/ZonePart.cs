namespace MtaSts.Host.DnsRecords.Server;

/// <summary>The parts of the zone that hold labels: each label stands right below a part's name.</summary>
internal enum ZonePart : byte
{
    /// <summary>`host`: A, AAAA and CAA of policy hosts.</summary>
    Hosts = 0,

    /// <summary>`_mta-sts`: TXT with the policy id.</summary>
    Policies = 1,

    /// <summary>`_smtp._tls`: TXT with the address for reports.</summary>
    Reports = 2,

    /// <summary>`_acme`: TXT of dns-01 challenges.</summary>
    Challenges = 3,
}
