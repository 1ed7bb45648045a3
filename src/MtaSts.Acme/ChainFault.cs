namespace MtaSts.Acme;

/// <summary>One reason why a chain should not be served. Immutable.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Text">For people.</param>
public sealed record ChainFault(ChainFaultKind Kind, string Text);
