namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Who comes first among those that are due: the smaller number.</summary>
internal static class JobPriority
{
    public const int Revoked = 0;
    public const int Expired = 1;
    public const int AskedFor = 400;
    public const int New = 500;
    public const int Renewal = 600;

    /// <summary>A certificate with less than this share of its life left is late.</summary>
    public const double LateShare = 0.25;

    private const int Late = 100;

    /// <summary>The less of its life is left, the sooner.</summary>
    public static int OfRenewal(bool isRevoked, bool isAskedFor, double remainingShare) =>
        isRevoked ? Revoked
        : remainingShare <= 0 ? Expired
        : remainingShare < LateShare ? Late + (int)(remainingShare * 1000)
        : isAskedFor ? AskedFor
        : Renewal;
}
