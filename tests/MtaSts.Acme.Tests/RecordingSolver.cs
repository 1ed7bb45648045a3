namespace MtaSts.Acme.Tests;

/// <summary>Keeps what it was asked to put up and take down.</summary>
internal sealed class RecordingSolver(string challengeType = AcmeChallengeTypes.Http01) : IChallengeSolver
{
    public string ChallengeType => challengeType;

    public Dictionary<string, KeyAuthorization> Up { get; } = [];

    public int PutUps { get; private set; }

    public Task PutUpAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken)
    {
        PutUps++;
        Up.Add(name, answer);
        return Task.CompletedTask;
    }

    public Task TakeDownAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken)
    {
        Assert.Equal(Up[name], answer);
        Up.Remove(name);
        return Task.CompletedTask;
    }
}
