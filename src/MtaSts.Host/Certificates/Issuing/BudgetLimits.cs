namespace MtaSts.Host.Certificates.Issuing;

/// <summary>
/// Our own limits in front of a CA's, for each CA. The defaults are for Let's Encrypt: 300 orders in 3 h for an account, of which 10 % are left to the
/// operator; 50 certificates in 7 days for a registered domain, which its owner draws on, too.
/// </summary>
/// <param name="FirstPerHour">Orders for names that the CA has not issued for. Three hours of it may come at once.</param>
/// <param name="RenewalsPerHour">Falls under no limit of the CA; stops errors of ours.</param>
/// <param name="StagingPerHour">For the staging CA, all orders together.</param>
/// <param name="PerRegisteredDomain">First orders below one registered domain in 7 days.</param>
internal sealed record BudgetLimits(int FirstPerHour = 90, int RenewalsPerHour = 2_000, int StagingPerHour = 450, int PerRegisteredDomain = 20);
