namespace MtaSts;

/// <summary>The limits of policies, records and names, in one place.</summary>
public static class StsLimits
{
    /// <summary>Most seconds of <c>max_age</c>: a year of 365.25 days (RFC 8461 §3.2).</summary>
    public const int MaxMaxAge = 31_557_600;

    /// <summary>Most digits of <c>max_age</c> (RFC 8461 §3.2; more than the maximum needs, erratum 7282).</summary>
    public const int MaxMaxAgeDigits = 10;

    /// <summary>Most octets of a policy that senders are advised to take (RFC 8461 §3.3).</summary>
    public const int MaxBodyBytes = 65_536;

    /// <summary>Most characters of a record's <c>id</c> (RFC 8461 §3.1).</summary>
    public const int MaxIdLength = 32;

    /// <summary>Most characters of a field's name (RFC 8461 §3.1 and §3.2).</summary>
    public const int MaxFieldNameLength = 32;

    /// <summary>Most octets of one label of a name (RFC 1035 §2.3.4).</summary>
    public const int MaxLabelLength = 63;

    /// <summary>Most characters of a name without its final dot: 255 octets on the wire (RFC 1035 §2.3.4).</summary>
    public const int MaxNameLength = 253;

    /// <summary>Most characters of a mail domain: <c>_smtp._tls.</c> in front of it must still fit.</summary>
    public const int MaxMailDomainLength = MaxNameLength - 11;

    /// <summary>Most errors, and most warnings, that one reading lists.</summary>
    public const int MaxErrors = 100;
}
