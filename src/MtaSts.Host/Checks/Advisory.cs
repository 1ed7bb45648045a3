namespace MtaSts.Host.Checks;

/// <summary>One finding about one subject.</summary>
/// <param name="Code">Stable.</param>
/// <param name="Severity">What it means for mail.</param>
/// <param name="Subject">The name, address or pattern that it is about.</param>
/// <param name="Message">One sentence for people. What strangers have sent stands in it without control characters and cut off.</param>
/// <param name="Fix">What to do.</param>
/// <param name="Rfc">Where the rule stands.</param>
/// <param name="ResultType">The result type that a sender would report (RFC 8460 §4.3).</param>
internal sealed record Advisory(string Code, Severity Severity, string Subject, string Message, string Fix, string? Rfc, string? ResultType);
