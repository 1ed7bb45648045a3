namespace MtaSts.Host.Lookups.Caa;

/// <summary>One thing that CAA records do to us.</summary>
/// <param name="Code">One of <see cref="CaaCodes"/>.</param>
/// <param name="Forbids">The CA will not issue while it lasts; else it is not known whether it does.</param>
/// <param name="Message">What is there and what to do, for whoever keeps the domain's DNS.</param>
/// <param name="Rfc">Where the rule stands.</param>
internal sealed record CaaFinding(string Code, bool Forbids, string Message, string Rfc);
