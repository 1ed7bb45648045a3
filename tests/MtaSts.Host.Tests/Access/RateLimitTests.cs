using System.Net;
using Xunit;

namespace MtaSts.Host.Tests.Access;

public sealed class RateLimitTests
{
    [Fact]
    public async Task Too_many_requests_of_one_key_are_429_with_Retry_After_and_another_key_goes_on()
    {
        // The limiter's window is the machine's minute: a test that falls into two of them sees the limit in the second.
        await using var app = await HostApp.StartAsync(settings: [("Access:RequestsPerMinute", "5")]);
        await app.AddTenantAsync();
        using var other = app.Client(await app.AddKeyAsync("acme", "viewer"));

        var refused = await FirstRefusalAsync(app.Admin);

        refused.IsProblem(HttpStatusCode.TooManyRequests, "rate.exceeded");
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        (await other.GetAnswerAsync("domains")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Guessing_keys_is_limited_by_address_and_does_not_lock_out_a_good_key()
    {
        await using var app = await HostApp.StartAsync(settings: [("Access:RequestsPerMinute", "5")]);
        using var guesser = app.Client("wrong");

        var refused = await FirstRefusalAsync(guesser);

        refused.IsProblem(HttpStatusCode.TooManyRequests, "rate.exceeded");
        (await app.Admin.GetAnswerAsync("domains")).Is(HttpStatusCode.OK);
    }

    private static async Task<ApiAnswer> FirstRefusalAsync(HttpClient client)
    {
        for (var i = 0; i < 12; i++)
        {
            if (await client.GetAnswerAsync("domains") is { Status: HttpStatusCode.TooManyRequests } refused)
            {
                return refused;
            }
        }

        throw new InvalidOperationException("Twelve requests, and none was refused.");
    }
}
