using System.Text.Json.Serialization;

namespace MtaSts.Host.Api;

/// <summary>One thing wrong with the input.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Field">Path of the member, such as `policy.mx[2]`; null when the body as a whole is meant.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Rfc">Where the rule stands, if in an RFC.</param>
internal sealed record FieldError(string Code, string? Field, string Message, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Rfc = null)
{
    public static FieldError From(SyntaxError error, string field) => new(error.Code, field, error.Message, error.Rfc);
}

/// <summary>A refusal as a value (RFC 9457): what the handlers and editors return instead of throwing.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Detail">One sentence for people.</param>
/// <param name="Errors">All that is wrong with the input, for 422.</param>
internal sealed record ApiProblem(int Status, string Code, string Detail, IReadOnlyList<FieldError>? Errors = null)
{
    public static ApiProblem InvalidInput(IReadOnlyList<FieldError> errors) =>
        new(StatusCodes.Status422UnprocessableEntity, "input.invalid", errors.Count == 1 ? errors[0].Message : $"{errors.Count} things are wrong with the input; see errors.", errors);

    public static ApiProblem InvalidInput(string code, string? field, string message) => InvalidInput([new FieldError(code, field, message)]);

    public static ApiProblem NotFound(string code, string detail) => new(StatusCodes.Status404NotFound, code, detail);

    public static ApiProblem Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static ApiProblem Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);

    public static ApiProblem PreconditionFailed(string detail) => new(StatusCodes.Status412PreconditionFailed, "if_match.failed", detail);

    /// <summary>As much of it as may go on at once is going on; in half a minute there may be room.</summary>
    public static ApiProblem Busy(HttpContext context, string code, string detail)
    {
        context.Response.Headers.RetryAfter = "30";
        return new ApiProblem(StatusCodes.Status429TooManyRequests, code, detail);
    }

    public IResult ToResult() => new ProblemResult(this);

    /// <summary>For middleware, which has no result to return.</summary>
    public Task WriteAsync(HttpContext context) => ToResult().ExecuteAsync(context);

    private sealed class ProblemResult(ApiProblem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = problem.Status;
            var document = new ProblemDocument(
                "about:blank",
                Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(problem.Status),
                problem.Status,
                problem.Detail,
                problem.Code,
                problem.Errors);
            return httpContext.Response.WriteAsJsonAsync(document, options: null, "application/problem+json", httpContext.RequestAborted);
        }
    }
}

/// <summary>The problem details on the wire (RFC 9457 §3) with our two members `code` and `errors`.</summary>
internal sealed record ProblemDocument(
    string Type,
    string Title,
    int Status,
    string Detail,
    string Code,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<FieldError>? Errors);

[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ApiJson : JsonSerializerContext;
