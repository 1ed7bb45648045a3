namespace MtaSts.Host.Certificates.Issuing;

/// <summary>The name cannot be validated in any way that is open to us; the message is for its owner.</summary>
internal sealed class ChallengeException(string message) : Exception(message);
