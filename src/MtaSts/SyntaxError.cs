namespace MtaSts;

/// <summary>
/// One thing that is wrong with an input, or, in a list of warnings, one thing that is valid although known senders
/// stumble over it. Immutable, safe from any thread.
/// </summary>
/// <param name="Code">A stable name for programs, one of <see cref="SyntaxCodes"/>.</param>
/// <param name="Field">The field it concerns (<c>max_age</c>, <c>id</c>, an extension's name), or null.</param>
/// <param name="Line">The line of a policy, counted from 1; null where a line says nothing.</param>
/// <param name="Message">A sentence for people. What it quotes of the input is shortened and escaped.</param>
/// <param name="Rfc">Where the rule stands, such as <c>RFC 8461 3.2</c>; null for the experience of senders.</param>
public sealed record SyntaxError(string Code, string? Field, int? Line, string Message, string? Rfc);
