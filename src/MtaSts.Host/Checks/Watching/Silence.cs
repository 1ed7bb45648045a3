using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Checks.Mail;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Checks.Watching;

/// <summary>What did not answer a check of a domain, by who runs it: a provider that is down has thousands of names, and few places. Pure.</summary>
/// <param name="Names">Registered domains; addresses where there is no name.</param>
/// <param name="Networks">Of the mail servers' addresses, as far as they are known.</param>
internal sealed record Silence(IReadOnlySet<string> Names, IReadOnlySet<string> Networks)
{
    public static readonly Silence None = new(new HashSet<string>(), new HashSet<string>());

    /// <param name="report">Of the check.</param>
    /// <param name="silent">Those of its advisories that may be our own network's doing.</param>
    public static Silence Of(CheckReport report, IEnumerable<CheckedAdvisory> silent)
    {
        var subjects = silent.Select(advisory => advisory.Subject).ToHashSet();
        var visited = report.Steps.Where(step => step.Name == "smtp" && subjects.Contains(step.Subject)).SelectMany(step => step.Evidence).Select(AddressIn).OfType<IPAddress>();
        return new Silence(subjects.Select(NameOf).ToHashSet(), visited.Select(NetworkOf).ToHashSet());
    }

    /// <summary>May it be our network's doing, and does it say so of a place? Port 25 of all servers is said of each already.</summary>
    public static bool Is(CheckedAdvisory advisory) => CheckCodes.Find(advisory.Code) is { MayBeOurs: true } code && code != MailCodes.NoneReachable;

    // A name server's subject has its address behind it.
    private static string NameOf(string subject) => subject.Split(' ')[0] is var name && IPAddress.TryParse(name, out _) ? name : RegisteredDomain.Of(name);

    private static IPAddress? AddressIn(string line) => IPAddress.TryParse(line.Split(": ")[0], out var address) ? address : null;

    private static string NetworkOf(IPAddress address) => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, address.AddressFamily == AddressFamily.InterNetwork ? 3 : 6));
}
