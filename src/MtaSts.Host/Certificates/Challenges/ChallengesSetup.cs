namespace MtaSts.Host.Certificates.Challenges;

internal static class ChallengesSetup
{
    public static IServiceCollection AddChallenges(this IServiceCollection services)
    {
        services.AddSingleton<StoredAnswers>();
        services.AddSingleton<ChallengeAnswers>();
        services.AddHostedService<ChallengeCleanup>();
        return services;
    }
}
