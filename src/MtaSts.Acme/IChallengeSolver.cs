namespace MtaSts.Acme;

/// <summary>
/// Puts the answer to a challenge where the CA looks for it, and takes it away again. Called from any thread, and at the same time for several
/// names. Calls may come twice for the same answer; the second changes nothing. Where <see cref="PutUpAsync"/> fails or is cancelled half-way,
/// <see cref="TakeDownAsync"/> still follows.
/// </summary>
public interface IChallengeSolver
{
    /// <summary>One of <see cref="AcmeChallengeTypes"/>.</summary>
    string ChallengeType { get; }

    /// <summary>Returns once the whole world sees the answer: the CA may look from several places, at once, and more than once.</summary>
    /// <param name="name">The name under validation; without <c>*.</c>.</param>
    /// <param name="answer">The answer, in the form that the type asks for.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task PutUpAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken);

    /// <summary>The CA has looked, or nobody waits for it any more. Where the answer is not there, nothing happens.</summary>
    /// <param name="name">The name under validation.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task TakeDownAsync(string name, KeyAuthorization answer, CancellationToken cancellationToken);
}
