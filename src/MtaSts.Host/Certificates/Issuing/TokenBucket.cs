namespace MtaSts.Host.Certificates.Issuing;

/// <summary>Arithmetic of a token bucket. Pure.</summary>
/// <param name="Capacity">So many at once.</param>
/// <param name="PerHour">So fast it fills up.</param>
internal readonly record struct TokenBucket(double Capacity, double PerHour)
{
    public double Tokens(double before, TimeSpan since) => Math.Min(Capacity, before + (PerHour * Math.Max(0, since.TotalHours)));

    /// <summary>How long until there is one.</summary>
    public TimeSpan UntilNext(double tokens) => tokens >= 1 ? TimeSpan.Zero : TimeSpan.FromHours((1 - tokens) / PerHour);
}
