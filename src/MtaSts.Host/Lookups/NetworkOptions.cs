namespace MtaSts.Host.Lookups;

/// <summary>Section `Network`.</summary>
internal sealed class NetworkOptions
{
    /// <summary>May our own requests go to private, loopback and link-local addresses? What they fetch is a tenant's choice.</summary>
    public bool AllowPrivateAddresses { get; set; }
}
