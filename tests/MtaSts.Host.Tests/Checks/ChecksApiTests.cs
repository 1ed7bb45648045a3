using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Checks;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks;

/// <summary>Checks and the guard through the API, with a real BIND; no mail server runs behind its names.</summary>
public sealed class ChecksApiTests
{
    private const string Servers = "mx A 127.1.77.1\nother A 127.1.77.2\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_report_tells_the_whole_way_and_is_kept()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 mx\n" + Servers + "_mta-sts TXT \"v=STSv1; id=1;\"\nmta-sts A 127.1.77.3");
        await rig.App.PutDomainAsync("example.test");
        using (var none = await rig.App.Admin.GetAsync(new Uri("domains/example.test/checks/latest", UriKind.Relative), Cancel))
        {
            Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        }

        var (status, report) = await rig.SendAsync(HttpMethod.Post, "domains/example.test/checks", null);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["record", "host", "fetch", "policy", "id", "reports", "mx", "smtp"], report.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("name").GetString()).Distinct());
        Assert.Equal("1", report.GetProperty("policyId").GetString());
        var codes = Codes(report.GetProperty("advisories"));
        // The record's id is not ours, nothing listens at the host's address, and no mail server runs.
        Assert.Superset(new HashSet<string?> { "id.unknown", "policy.unreachable", "mx.unreachable", "tlsrpt.none" }, codes.ToHashSet());
        Assert.Equal(report.GetProperty("errors").GetInt32(), report.GetProperty("advisories").EnumerateArray().Count(advisory => advisory.GetProperty("severity").GetString() == "error"));
        Assert.Equal(report.GetRawText(), (await rig.App.Admin.GetFromJsonAsync<JsonElement>("domains/example.test/checks/latest", Cancel)).GetRawText());
    }

    [Fact]
    public async Task Any_domain_is_looked_at_for_a_provider_only()
    {
        await using var rig = await Rig.StartAsync("@ MX 0 .");
        var (status, report) = await rig.SendAsync(HttpMethod.Post, "checks", new { domain = "example.test" });
        Assert.Equal((HttpStatusCode.OK, "noMail"), (status, report.GetProperty("verdict").GetProperty("now").GetProperty("outcome").GetString()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await rig.SendAsync(HttpMethod.Post, "checks", new { domain = "not a name", more = 1 })).Status);
    }

    [Fact]
    public async Task A_check_that_takes_too_long_has_a_clear_answer()
    {
        await using var app = await HostApp.StartAsync(services: services => services.AddSingleton(provider => new CheckRuns(provider.GetRequiredService<DomainCheck>()) { Longest = TimeSpan.Zero }));
        await app.AddTenantAsync();
        await app.PutDomainAsync("example.test");
        (await app.Admin.CallAsync("POST", "checks", new { domain = "example.test" })).IsProblem(HttpStatusCode.GatewayTimeout, "check.timeout");
        (await app.Admin.CallAsync("POST", "domains/example.test/checks")).IsProblem(HttpStatusCode.GatewayTimeout, "check.timeout");
    }

    [Theory]
    // It matches no pattern: senders would not even try.
    [InlineData("@ MX 10 other", HttpStatusCode.Conflict, "guard.refused", "mx.not-in-policy")]
    [InlineData("@ MX 10 mx\n@ MX 20 other", HttpStatusCode.Conflict, "guard.refused", "mx.not-in-policy")]
    // Nobody knows: nothing listens there.
    [InlineData("@ MX 10 mx", HttpStatusCode.Conflict, "guard.unknown", "mx.unreachable")]
    // Nor where DNS knows no server: a resolver may have asked before there was one.
    [InlineData("@ TXT nothing", HttpStatusCode.Conflict, "guard.unknown", "mx.none")]
    // No mail can be lost.
    [InlineData("@ MX 0 .", HttpStatusCode.OK, null, null)]
    public async Task Going_to_enforce_looks_at_the_mail_servers_in_DNS(string records, HttpStatusCode expected, string? code, string? finding)
    {
        await using var rig = await Rig.StartAsync(records + "\n" + Servers);
        await rig.App.PutDomainAsync("example.test");
        var (status, answer) = await rig.EnforceAsync();
        Assert.Equal(expected, status);
        if (code is not null)
        {
            Assert.Equal(code, answer.GetProperty("code").GetString());
            Assert.Contains(finding, Codes(answer.GetProperty("errors")));
        }
    }

    [Fact]
    public async Task Without_an_answer_from_DNS_nothing_is_known()
    {
        await using var rig = await Rig.StartAsync(null);
        await rig.App.PutDomainAsync("example.test");
        var (status, answer) = await rig.EnforceAsync();
        Assert.Equal((HttpStatusCode.Conflict, "guard.unknown"), (status, answer.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_guard_that_only_warns_lets_the_edit_through_and_says_all()
    {
        await using var rig = await Rig.StartAsync("@ MX 10 other\n" + Servers, "Warn");
        await rig.App.PutDomainAsync("example.test");
        var (status, answer) = await rig.EnforceAsync();
        Assert.Equal((HttpStatusCode.OK, "enforce"), (status, answer.GetProperty("policy").GetProperty("mode").GetString()));
        Assert.Superset(new HashSet<string?> { "guard.refused", "mx.not-in-policy" }, Codes(answer.GetProperty("warnings")).ToHashSet());
    }

    private static IEnumerable<string?> Codes(JsonElement list) => list.EnumerateArray().Select(item => item.GetProperty("code").GetString());

    private sealed class Rig(BindServer bind, HostApp app) : IAsyncDisposable
    {
        public HostApp App => app;

        /// <param name="records">Of example.test; null: DNS fails.</param>
        /// <param name="guard">`Checks:Guard`.</param>
        public static async Task<Rig> StartAsync(string? records, string guard = "Refuse")
        {
            var bind = await BindServer.StartAsync(new Dictionary<string, string?> { ["example.test"] = records });
            var app = await HostApp.StartAsync(settings: [("Checks:Guard", guard), ("Dns:Resolvers", bind.Address), ("Network:AllowPrivateAddresses", "true")]);
            await app.AddTenantAsync();
            return new Rig(bind, app);
        }

        public Task<(HttpStatusCode Status, JsonElement Answer)> EnforceAsync() =>
            SendAsync(HttpMethod.Put, "domains/example.test", new { tenant = "acme", policy = new { mode = "enforce", mx = new[] { "mx.example.test" }, maxAge = 86400 } });

        public async Task<(HttpStatusCode Status, JsonElement Answer)> SendAsync(HttpMethod method, string path, object? body)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var answer = await app.Admin.SendAsync(request, Cancel);
            return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel));
        }

        public async ValueTask DisposeAsync()
        {
            await app.DisposeAsync();
            await bind.DisposeAsync();
        }
    }
}
