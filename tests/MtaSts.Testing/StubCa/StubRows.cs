using System.Security.Cryptography;
using System.Text.Json;

namespace MtaSts.Testing;

internal sealed class StubAccount
{
    public required int Id { get; init; }
    public required string Status { get; set; }
    public required StubJwk Key { get; set; }
    public JsonElement? Contact { get; set; }
}

internal sealed class StubOrderRow
{
    public required int Id { get; init; }
    public required StubAccount Account { get; init; }
    public required IReadOnlyList<string> Names { get; init; }
    public required IReadOnlyList<StubAuthorization> Authorizations { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public string? Profile { get; init; }
    public string? Replaces { get; init; }
    public bool IsFinalized { get; set; }
    public int ProcessingReads { get; set; }
    public StubCertificate? Certificate { get; set; }
    public StubProblem? Error { get; set; }
}

internal sealed class StubAuthorization
{
    public required int Id { get; init; }
    public required StubAccount Account { get; init; }
    public required string Name { get; init; }
    public required DateTimeOffset Expires { get; init; }
    public required IReadOnlyList<StubChallenge> Challenges { get; set; }
    public string Status { get; set; } = "pending";
    public int PendingReads { get; set; }
}

internal sealed class StubChallenge
{
    public required int Id { get; init; }
    public required string Type { get; init; }
    public required StubAuthorization Authorization { get; init; }
    public string Token { get; } = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
    public string Status { get; set; } = "pending";
    public StubProblem? Error { get; set; }
}
