using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>The directories of the CAs that are set; a role that is not is never chosen.</summary>
internal sealed record CaChoice(string Main, string? Fallback = null, string? Staging = null)
{
    public bool Has(CaRole role) => Of(role) is not null;

    /// <summary>The main one stands in for a role that is not set (any more).</summary>
    public string DirectoryOf(CaRole role) => Of(role) ?? Main;

    public IEnumerable<CaRole> Roles => Enum.GetValues<CaRole>().Where(Has);

    /// <summary>What jobs say whose CA is that one: the role, and with the main one those that are not set.</summary>
    public CaRole[] ServedBy(CaRole role) => role == CaRole.Main ? [role, .. Enum.GetValues<CaRole>().Where(other => !Has(other))] : [role];

    private string? Of(CaRole role) => role switch
    {
        CaRole.Fallback => Fallback,
        CaRole.Staging => Staging,
        _ => Main,
    };
}
