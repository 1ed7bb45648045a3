namespace MtaSts.Host.Certificates.Challenges;

/// <summary>The open answers of all nodes at one moment; immutable.</summary>
/// <param name="answers">Of http-01 and tls-alpn-01.</param>
/// <param name="at">The clock's timestamp.</param>
internal sealed class AnswerLook(IEnumerable<OpenAnswer> answers, long at)
{
    public static readonly AnswerLook None = new([], 0);

    private readonly ILookup<string, OpenAnswer> _byHost = answers.ToLookup(answer => answer.Host, StringComparer.OrdinalIgnoreCase);

    public IEnumerable<OpenAnswer> Of(string host) => _byHost[host];

    public bool IsFresh(TimeProvider clock, TimeSpan life) => _byHost.Count > 0 && clock.GetElapsedTime(at) < life;
}
