namespace MtaSts.Host.Tests.Whole;

/// <summary>What a client asks Pebble for, told by the path.</summary>
public enum AcmeCall
{
    Other,
    NewAccount,
    NewOrder,
    Authorization,
    Challenge,
    Finalize,
    Order,
    Certificate,
}

/// <summary>A point at which <see cref="AcmeProxy"/> can hold a client: Pebble has not seen the call yet, or has done it and the answer is kept back.</summary>
public sealed record AcmePoint(AcmeCall Call, bool Done);
