using MtaSts.Host.Certificates.Preflight;

namespace MtaSts.Host.Certificates.Challenges;

internal static class ChallengesSetup
{
    public static IServiceCollection AddChallenges(this IServiceCollection services)
    {
        services.AddSingleton<StoredAnswers>();
        services.AddSingleton<ChallengeAnswers>();
        services.AddSingleton<ChallengeCertificates>();
        services.AddHostedService<ChallengeCleanup>();
        return services;
    }

    /// <summary>The whole pipeline of the Challenge endpoint. It answers our preflight, too, once <see cref="PreflightSetup.AddPreflight"/> was called.</summary>
    public static void UseChallenges(this IApplicationBuilder challengeEndpoint)
    {
        var services = challengeEndpoint.ApplicationServices;
        var endpoint = new ChallengeEndpoint(services.GetRequiredService<ChallengeAnswers>(), services.GetService<PreflightEcho>());
        challengeEndpoint.Run(endpoint.AnswerAsync);
    }
}
