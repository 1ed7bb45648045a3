namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Another worker has taken the job, or it was changed from outside: what this one was about to write no longer holds.</summary>
internal sealed class LeaseLostException(string host) : Exception($"The lease on {host} is lost.");
