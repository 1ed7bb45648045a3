namespace MtaSts.Host.Listeners;

/// <summary>Tells who waits for it that the Policy endpoint can present a certificate for a host from now on. Safe from all threads.</summary>
internal sealed class ReadyHosts
{
    /// <summary>Raised with the policy host, in the thread of who put the certificate into service: only take note of it and return.</summary>
    public event Action<string>? Ready;

    public void Tell(string policyHost) => Ready?.Invoke(policyHost);
}
