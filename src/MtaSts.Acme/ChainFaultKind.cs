namespace MtaSts.Acme;

/// <summary>What can be wrong with a chain.</summary>
public enum ChainFaultKind
{
    /// <summary>The leaf is not for the own key.</summary>
    KeyDiffers,

    /// <summary>The leaf's subject alternative names are not those of the order.</summary>
    NamesDiffer,

    /// <summary>The leaf's time has not come. With a clock that is slow it will: wait rather than order again.</summary>
    NotYetValid,

    /// <summary>The leaf's time is over.</summary>
    Expired,

    /// <summary>A certificate is not signed by the next one.</summary>
    NotLinked,
}
