using System.Text.Json;
using MtaSts.Acme;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What the CA says -> whose failure it is, in the words of <see cref="JobRules"/>.</summary>
internal static class IssuanceFailures
{
    private const int LongestProblem = 4000;

    public static JobFailure Of(AcmeException failure, CertificateJob job)
    {
        // An order that the CA has dropped, or that belongs to another account: there is no way on with it.
        if (job.OrderUrl is not null && (failure.HttpStatus == 404 || (failure.ErrorType == AcmeErrorTypes.Malformed && job.Step == JobStep.Authorize)))
        {
            return New(FailureKind.OrderGone, failure);
        }

        return New(
            failure.Blame switch
            {
                AcmeBlame.RateLimit => FailureKind.RateLimit,
                AcmeBlame.CertificateAuthority => FailureKind.Ca,
                // Where it is not the account itself it is this name: some CAs refuse a name with "unauthorized".
                AcmeBlame.Account => FailureKind.Name,
                AcmeBlame.Name => failure.IsTransient ? FailureKind.Name : FailureKind.Blocked,
                _ => FailureKind.Own,
            },
            failure);
    }

    private static JobFailure New(FailureKind kind, AcmeException failure) =>
        new(kind, "acme." + (failure.ErrorType ?? "unreachable"), failure.Message, Write(failure.Problem), failure.RetryAt);

    private static string? Write(AcmeProblem? problem)
    {
        var text = problem is null ? null : JsonSerializer.Serialize(problem, IssuingJson.Default.AcmeProblem);
        return text?.Length > LongestProblem ? null : text;
    }
}
