namespace MtaSts.Host.Checks.Mail;

/// <summary>How long ago another check may have been at a mail server, for this one to take what it saw there.</summary>
/// <param name="Good">Where nothing was wrong.</param>
/// <param name="Bad">Where something was: whoever mends it wants to see that it is mended.</param>
internal readonly record struct SeenWithin(TimeSpan Good, TimeSpan Bad)
{
    /// <summary>Each check goes there itself.</summary>
    public static readonly SeenWithin Now;

    /// <summary>Whoever has mended what the guard has found tries again at once.</summary>
    public static readonly SeenWithin Guard = new(TimeSpan.FromMinutes(5), TimeSpan.Zero);

    /// <summary>An edit of a template asks for thousands of domains at the same few servers, and a silent one among them must not use up the time of all.</summary>
    public static readonly SeenWithin GuardOfMany = new(TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(2));

    /// <summary>Large providers have the mail of most domains: they are not visited for each of them, and a server that is silent does not take the time of all.</summary>
    public static readonly SeenWithin Watch = new(TimeSpan.FromMinutes(30), TimeSpan.FromMinutes(1));
}
