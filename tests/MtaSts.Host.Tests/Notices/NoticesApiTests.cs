using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

public sealed class NoticesApiTests(PostgresServer postgres)
{
    private const string Path = $"tenants/{NoticesRig.Tenant}/notices";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_tenants_admin_says_who_is_told_and_sees_the_secret_once(StoreKind kind)
    {
        await using var rig = await NoticesRig.StartAsync(kind, postgres);
        using var admin = rig.App.Client(await rig.App.AddKeyAsync(NoticesRig.Tenant, "admin"));
        (await admin.GetAnswerAsync(Path)).IsProblem(HttpStatusCode.NotFound, "notices.none");
        var body = new { emails = new[] { "ops@EXAMPLE.com", "ops@example.com", "Ops@example.com" }, webhook = new { url = "https://hooks.example.com/a?key=secret-of-the-url" }, severity = "error" };

        var created = (await admin.CallAsync("PUT", Path, body)).Is(HttpStatusCode.Created).Json;
        var again = (await admin.CallAsync("PUT", Path, body)).Is(HttpStatusCode.OK).Json;
        var shown = (await admin.GetAnswerAsync(Path)).Is(HttpStatusCode.OK).Json;

        Assert.Matches("^whsec_[A-Za-z0-9+/]{43}=$", created.GetProperty("webhook").GetProperty("secret").GetString());
        Assert.Equal("""{"url":"https://hooks.example.com/a?key=secret-of-the-url"}""", again.GetProperty("webhook").GetRawText());
        Assert.Equal(again.GetRawText(), shown.GetRawText());
        Assert.Equal("""["ops@example.com","Ops@example.com"]""", shown.GetProperty("emails").GetRawText());
        Assert.Equal("error", shown.GetProperty("severity").GetString());
        var audit = (await rig.App.Admin.GetAnswerAsync($"audit?tenant={NoticesRig.Tenant}")).Text;
        Assert.Contains("\"notices.create\"", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("notices.change", audit, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-the-url", audit, StringComparison.Ordinal);

        (await admin.CallAsync("DELETE", Path)).Is(HttpStatusCode.NoContent);
        (await admin.CallAsync("DELETE", Path)).IsProblem(HttpStatusCode.NotFound, "notices.none");
        (await admin.GetAnswerAsync(Path)).IsProblem(HttpStatusCode.NotFound, "notices.none");
        var anew = (await admin.CallAsync("PUT", Path, body)).Is(HttpStatusCode.Created).Json;
        Assert.NotEqual(created.GetProperty("webhook").GetProperty("secret").GetString(), anew.GetProperty("webhook").GetProperty("secret").GetString());
        (await rig.App.Admin.CallAsync("DELETE", $"tenants/{NoticesRig.Tenant}")).Is(HttpStatusCode.NoContent);
        await using var db = rig.Store.Open();
        Assert.Equal(0, await db.NoticeChannels.CountAsync(Cancel));
    }

    [Fact]
    public async Task A_secret_that_the_caller_gives_is_used_and_never_shown()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var logs = new RecordedLogs();
        await using var rig = await NoticesRig.StartAsync(services: own => own.AddSingleton<ILoggerProvider>(logs), settings: ("Logging:LogLevel:Default", "Debug"));
        var secret = $"whsec_{Convert.ToBase64String(new byte[24])}";
        var answer = await rig.PutAsync(new { webhook = new { url = NoticesRig.Url(receiver), secret } });
        Assert.DoesNotContain("secret", answer.GetRawText(), StringComparison.Ordinal);
        receiver.AnswerStatus(500);
        await rig.AddAsync();
        await rig.RunAsync();
        receiver.Requests.Single().IsSignedWith(secret);
        await using var db = rig.Store.Open();
        var sealedBytes = (await db.NoticeChannels.SingleAsync(Cancel)).SealedSecret!;
        Assert.DoesNotContain(new string('0', 48), Convert.ToHexString(sealedBytes), StringComparison.Ordinal);
        Assert.NotEmpty(logs.Lines);
        Assert.DoesNotContain(logs.Lines, line => line.Contains(secret, StringComparison.Ordinal) || line.Contains("of-the-url", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Another_URL_gets_another_secret_and_what_waits()
    {
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutAsync(new { webhook = new { url = "https://hooks.test/1" } });
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Equal(1, (await rig.DeliveryAsync()).GetProperty("waiting").GetInt32());
        var answer = await rig.PutAsync(new { webhook = new { url = "https://hooks.test/2" } });
        Assert.True(answer.GetProperty("webhook").TryGetProperty("secret", out _));
        Assert.Equal(1, (await rig.DeliveryAsync()).GetProperty("waiting").GetInt32());
    }

    [Theory]
    [InlineData("""{}""", "notices.empty ")]
    [InlineData("""{"emails":[]}""", "notices.empty ")]
    [InlineData("""{"emails":"ops@example.com"}""", "field.type emails")]
    [InlineData("""{"emails":["a@b.test","a@b.test","a@b.test","a@b.test","a@b.test","a@b.test"]}""", "emails.count emails")]
    [InlineData("""{"emails":["x"],"webhook":{"url":"http://a.test/#x","secret":"s","more":1},"severity":"info","y":1}""", "email.syntax emails[0]", "field.unknown webhook.more", "field.unknown y", "severity.unknown severity", "webhook.fragment webhook.url", "webhook.scheme webhook.url", "webhook.secret webhook.secret")]
    [InlineData("""{"webhook":{}}""", "field.missing webhook.url")]
    [InlineData("""{"webhook":{"url":"https://10.0.0.1/"}}""", "webhook.address webhook.url")]
    [InlineData("""{"webhook":{"url":"https://[::1]/"}}""", "webhook.address webhook.url")]
    [InlineData("""{"webhook":{"url":"https://[::ffff:127.0.0.1]/"}}""", "webhook.address webhook.url")]
    [InlineData("""{"webhook":{"url":"https://2130706433/"}}""", "webhook.address webhook.url")]
    [InlineData("""{"webhook":{"url":"https://0x7f.1/"}}""", "webhook.address webhook.url")]
    [InlineData("""{"webhook":{"url":"https://user:word@a.test/"}}""", "webhook.user webhook.url")]
    [InlineData("""{"webhook":{"url":"https://@a.test/"}}""", "webhook.user webhook.url")]
    [InlineData("""{"webhook":{"url":"https://a.test/\r\nX: 1"}}""", "webhook.url webhook.url")]
    [InlineData("""{"webhook":{"url":" https://a.test/"}}""", "webhook.url webhook.url")]
    [InlineData("""{"webhook":{"url":"https:\\\\a.test\\"}}""", "webhook.url webhook.url")]
    [InlineData("""{"webhook":{"url":"/a"}}""", "webhook.url webhook.url")]
    [InlineData("""{"webhook":{"url":"file:///etc/passwd"}}""", "webhook.url webhook.url")]
    [InlineData("""{"webhook":{"url":"gopher://a.test/"}}""", "webhook.scheme webhook.url")]
    [InlineData("""{"webhook":{"url":"https://a.test:99999/"}}""", "webhook.url webhook.url")]
    public async Task All_that_is_wrong_is_told_at_once(string body, params string[] errors)
    {
        await using var rig = await NoticesRig.StartAsync(settings: ("Network:AllowPrivateAddresses", "false"));
        (await rig.App.Admin.CallAsync("PUT", Path, body)).IsInvalid(errors);
    }

    [Fact]
    public async Task A_URL_that_is_too_long_is_refused()
    {
        await using var rig = await NoticesRig.StartAsync();
        (await rig.App.Admin.CallAsync("PUT", Path, new { webhook = new { url = $"https://a.test/{new string('a', 1000)}" } })).IsInvalid("field.length webhook.url");
    }

    [Fact]
    public async Task Only_admins_may_and_the_providers_own_is_the_providers()
    {
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutAsync(new { webhook = new { url = "https://a.test/" } });
        foreach (var role in new[] { "viewer", "editor" })
        {
            using var client = rig.App.Client(await rig.App.AddKeyAsync(NoticesRig.Tenant, role));
            foreach (var (method, path) in new[] { ("GET", Path), ("PUT", Path), ("DELETE", Path), ("POST", $"{Path}/test") })
            {
                (await client.CallAsync(method, path, "{}")).IsProblem(HttpStatusCode.Forbidden, "role.too_low");
            }
        }

        using var admin = rig.App.Client(await rig.App.AddKeyAsync(NoticesRig.Tenant, "admin"));
        (await admin.GetAnswerAsync("notices")).IsProblem(HttpStatusCode.Forbidden, "role.provider_only");
        (await rig.App.Admin.CallAsync("PUT", "notices", new { emails = new[] { "noc@provider.example" } })).Is(HttpStatusCode.Created);
        Assert.Contains("noc@provider.example", (await rig.App.Admin.GetAnswerAsync("notices")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_says_what_happened_and_there_are_only_a_few_of_them()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        var secret = await rig.PutWebhookAsync(receiver);
        var taken = (await rig.App.Admin.CallAsync("POST", $"{Path}/test")).Is(HttpStatusCode.OK).Json.GetProperty("results").EnumerateArray().Single();
        Assert.Equal(("webhook", true, 204), (taken.GetProperty("channel").GetString(), taken.GetProperty("taken").GetBoolean(), taken.GetProperty("status").GetInt32()));
        receiver.Requests.Single().IsSignedWith(secret);
        var refused = (await rig.App.Admin.CallAsync("POST", $"{Path}/test")).IsProblem(HttpStatusCode.TooManyRequests, "notices.tested");
        Assert.Equal("60", refused.Headers.RetryAfter!.ToString());

        receiver.Answer = async context =>
        {
            context.Response.StatusCode = 500;
            await context.Response.WriteAsync("words of the other side", context.RequestAborted);
        };
        for (var test = 2; test <= 10; test++)
        {
            rig.Clock.SleptFor += TimeSpan.FromMinutes(1);
            var answer = (await rig.App.Admin.CallAsync("POST", $"{Path}/test")).Is(HttpStatusCode.OK);
            Assert.DoesNotContain("words", answer.Text, StringComparison.Ordinal);
            Assert.Contains("The receiver answered 500.", answer.Text, StringComparison.Ordinal);
        }

        // Neither does it help to delete the target.
        (await rig.App.Admin.CallAsync("DELETE", Path)).Is(HttpStatusCode.NoContent);
        await rig.PutWebhookAsync(receiver);
        rig.Clock.SleptFor += TimeSpan.FromHours(1);
        (await rig.App.Admin.CallAsync("POST", $"{Path}/test")).IsProblem(HttpStatusCode.TooManyRequests, "notices.tested");
        rig.Clock.SleptFor += TimeSpan.FromHours(23);
        (await rig.App.Admin.CallAsync("POST", $"{Path}/test")).Is(HttpStatusCode.OK);
        Assert.Equal("active", (await rig.DeliveryAsync()).GetProperty("state").GetString());
    }
}
