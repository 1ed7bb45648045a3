using System.Text;
using Microsoft.Extensions.Primitives;
using MtaSts.Host.Certificates.Preflight;
using MtaSts.Host.Data;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.Certificates.Challenges;

/// <summary>
/// GET and HEAD /.well-known/acme-challenge/TOKEN (RFC 8555 §8.3): the last middleware of the Challenge endpoint. Whoever asks, from wherever
/// and however often, gets the same. All else is 404, never a redirect.
/// </summary>
/// <param name="answers">Of CAs' challenges.</param>
/// <param name="echo">Of our own preflight, if there is one.</param>
internal sealed class ChallengeEndpoint(ChallengeAnswers answers, PreflightEcho? echo)
{
    private const string Path = "/.well-known/acme-challenge/";

    private static readonly StringValues Octets = "application/octet-stream";
    private static readonly StringValues PlainText = "text/plain; charset=utf-8";
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoStore = "no-store";

    private static readonly byte[] NotHere = "No such challenge is open here.\n"u8.ToArray();
    private static readonly byte[] StoreAway = "The answer cannot be looked up now.\n"u8.ToArray();

    public async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        // Compared byte by byte: PathString and HttpMethods would take them in any case.
        if (request.Method is not ("GET" or "HEAD") || request.Path.Value is not { } path || !path.StartsWith(Path, StringComparison.Ordinal))
        {
            await WriteAsync(context, StatusCodes.Status404NotFound, PlainText, NotHere);
            return;
        }

        try
        {
            var token = path[Path.Length..];
            var answer = echo?.TryAnswer(token, out var echoed) == true
                ? echoed
                : await answers.FindHttpAsync(HostHeader.WithoutPortAndDot(request.Headers.Host.ToString()).ToString(), token, context.RequestAborted);
            await (answer is null
                ? WriteAsync(context, StatusCodes.Status404NotFound, PlainText, NotHere)
                : WriteAsync(context, StatusCodes.Status200OK, Octets, Encoding.ASCII.GetBytes(answer)));
        }
        catch (Exception exception) when (StoreFaults.IsAway(exception) && !context.Response.HasStarted)
        {
            // Not 404: that there is no answer is not known. The CA shows its customer, who is us, the status.
            await WriteAsync(context, StatusCodes.Status503ServiceUnavailable, PlainText, StoreAway);
        }
    }

    private static Task WriteAsync(HttpContext context, int status, StringValues type, byte[] body)
    {
        var response = context.Response;
        response.StatusCode = status;
        response.Headers.ContentType = type;
        response.Headers.CacheControl = NoStore;
        response.Headers.XContentTypeOptions = NoSniff;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : response.BodyWriter.WriteAsync(body, context.RequestAborted).AsTask();
    }
}
