namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Which CAs there are beside the main one.</summary>
internal readonly record struct CaChoice(bool HasFallback, bool HasStaging);
