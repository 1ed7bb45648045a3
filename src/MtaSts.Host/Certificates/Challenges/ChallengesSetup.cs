using MtaSts.Host.Certificates.Preflight;

namespace MtaSts.Host.Certificates.Challenges;

internal static class ChallengesSetup
{
    public static IServiceCollection AddChallenges(this IServiceCollection services)
    {
        services.AddSingleton<StoredAnswers>();
        services.AddSingleton<ChallengeAnswers>();
        services.AddSingleton<ChallengeCertificates>();
        services.AddSingleton(provider => new ChallengeEndpoint(provider.GetRequiredService<ChallengeAnswers>(), provider.GetService<PreflightEcho>()));
        services.AddHostedService<ChallengeCleanup>();
        return services;
    }

    /// <summary>The whole pipeline of the Challenge endpoint. It answers our preflight, too, once <see cref="PreflightSetup.AddPreflight"/> was called.</summary>
    public static void UseChallenges(this IApplicationBuilder challengeEndpoint)
    {
        // Not before the first request: what it needs reads settings, whose faults are told all at once when the service starts.
        challengeEndpoint.Run(context => context.RequestServices.GetRequiredService<ChallengeEndpoint>().AnswerAsync(context));
    }
}
