using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Lookups;
using MtaSts.Host.Notices;
using MtaSts.Host.Notices.Mail;
using MtaSts.Host.Notices.Webhooks;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

public sealed class WebhookTests(PostgresServer postgres)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Events_come_signed_and_in_their_order(StoreKind kind)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(kind, postgres);
        var secret = await rig.PutWebhookAsync(receiver);
        List<string> ids =
        [
            .. await rig.AddAsync(isEnforced: true),
            .. await rig.AddAsync(AdvisoryEventKind.Sustained),
            .. await rig.AddAsync(AdvisoryEventKind.Cleared, AdvisorySeverity.Warning, count: 250),
        ];

        await rig.RunAsync();

        Assert.Equal(ids, receiver.EventIds);
        Assert.Equal([100, 100, 52], receiver.Requests.Select(request => request.Events.Count()));
        Assert.All(receiver.Requests, request => request.IsSignedWith(secret));
        Assert.Equal(3, receiver.Requests.Select(request => request.Id).Distinct().Count());
        var first = receiver.Requests[0].Events.First();
        Assert.Equal(
            """{"kind":"added","domain":"example.com","tenant":"acme","code":"mx.not-in-policy","severity":"error","subject":"mx.example.net","message":"No pattern covers mx.example.net."}""",
            System.Text.Json.JsonSerializer.Serialize(first.EnumerateObject().Where(member => member.Name is not ("id" or "at" or "fix" or "rfc" or "enforced" or "report")).ToDictionary(member => member.Name, member => member.Value.GetString())));
        Assert.Equal((true, "RFC 8461 4.1", "/api/v1/domains/example.com/checks/latest"), (first.GetProperty("enforced").GetBoolean(), first.GetProperty("rfc").GetString(), first.GetProperty("report").GetString()));
        Assert.StartsWith("Add the name to the policy", first.GetProperty("fix").GetString(), StringComparison.Ordinal);
        Assert.Equal(("POST", "/taking", "application/json"), (receiver.Requests[0].Method, receiver.Requests[0].Path, receiver.Requests[0].Headers["content-type"]));
        await using var db = rig.Store.Open();
        Assert.Equal((0, 0), (await db.Notices.CountAsync(Cancel), await db.AdvisoryEvents.CountAsync(row => !row.IsHandedOn, Cancel)));
        var delivery = await rig.DeliveryAsync();
        Assert.Equal(("active", 0), (delivery.GetProperty("state").GetString(), delivery.GetProperty("waiting").GetInt32()));
        Assert.NotNull(delivery.GetProperty("lastSuccessAt").GetString());
    }

    [Fact]
    public async Task The_lines_of_the_README_know_our_requests_from_others()
    {
        var python = Requires.Program("python3", "package python3");
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Top, "README.md"), Cancel);
        var lines = readme.Split("```python\n")[1].Split("```")[0];
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        var secret = await rig.PutWebhookAsync(receiver);
        await rig.AddAsync();
        await rig.RunAsync();

        var request = receiver.Requests.Single();
        var headers = System.Text.Json.JsonSerializer.Serialize(request.Headers);
        Assert.Equal("True False False\n", await AskAsync(Convert.ToBase64String(request.Body), Convert.ToBase64String([.. request.Body, (byte)' ']), $"whsec_{Convert.ToBase64String(new byte[32])}"));

        async Task<string> AskAsync(string body, string changed, string other)
        {
            var script = $"{lines}\nimport json, sys\nb = base64.b64decode\nh = json.loads(sys.argv[2])\nprint(is_ours(sys.argv[1], h, b(sys.argv[3])), is_ours(sys.argv[1], h, b(sys.argv[4])), is_ours(sys.argv[5], h, b(sys.argv[3])))";
            var result = await ChildProcess.RunAsync(python, ["-c", script, secret, headers, body, changed, other]);
            Assert.True(result.ExitCode == 0, result.Output);
            return result.StandardOutput;
        }
    }

    [Fact]
    public async Task Who_wants_errors_only_gets_no_warnings_and_who_has_no_target_gets_nothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.App.AddTenantAsync("other");
        await rig.PutAsync(new { webhook = new { url = NoticesRig.Url(receiver) }, severity = "error" });
        await rig.AddAsync(severity: AdvisorySeverity.Warning);
        await rig.AddAsync(tenant: "other");
        var wanted = await rig.AddAsync();

        await rig.RunAsync();
        await rig.PutAsync(new { webhook = new { url = NoticesRig.Url(receiver) } }, "tenants/other/notices");
        await rig.RunAsync();

        Assert.Equal(wanted, receiver.EventIds);
    }

    [Fact]
    public async Task The_provider_is_told_of_all_tenants_by_name()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.App.AddTenantAsync("other");
        await rig.PutAsync(new { webhook = new { url = NoticesRig.Url(receiver) } }, "notices");
        await rig.AddAsync();
        await rig.AddAsync(tenant: "other");

        await rig.RunAsync();

        Assert.Equal(["acme", "other"], receiver.Requests.Single().Events.Select(one => one.GetProperty("tenant").GetString()));
    }

    [Fact]
    public async Task What_fails_is_tried_again_with_growing_pauses_and_the_same_id()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(500);
        var first = await rig.AddAsync();
        await rig.RunAsync();
        Assert.Single(receiver.Requests);
        await rig.RunAsync(Minute - TimeSpan.FromSeconds(1));
        Assert.Single(receiver.Requests);
        var second = await rig.AddAsync();
        await rig.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, receiver.Requests.Count);
        await rig.RunAsync(Minute);
        Assert.Equal(2, receiver.Requests.Count);
        var delivery = await rig.DeliveryAsync();
        Assert.Equal(("failing", "The receiver answered 500.", 2), (delivery.GetProperty("state").GetString(), delivery.GetProperty("lastError").GetString(), delivery.GetProperty("waiting").GetInt32()));

        receiver.AnswerStatus(200);
        await rig.RunAsync(Minute);

        Assert.Equal([.. first, .. first, .. first, .. second], receiver.EventIds);
        Assert.Single(receiver.Requests.Take(3).Select(request => request.Id).Distinct());
        Assert.Equal("active", (await rig.DeliveryAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task After_three_days_it_is_given_up_and_tried_once_a_day()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(500);
        var first = await rig.AddAsync();
        for (var hours = 0; hours <= 78; hours += 6)
        {
            await rig.RunAsync(TimeSpan.FromHours(6));
        }

        Assert.Equal("givenUp", (await rig.DeliveryAsync()).GetProperty("state").GetString());
        var audit = (await rig.App.Admin.GetAnswerAsync($"audit?tenant={NoticesRig.Tenant}")).Json.GetProperty("items").EnumerateArray().First();
        Assert.Equal(("notices.give_up", "system", "webhook: The receiver answered 500."), (audit.GetProperty("action").GetString(), audit.GetProperty("actor").GetString(), audit.GetProperty("detail").GetString()));
        var tries = receiver.Requests.Count;
        var later = await rig.AddAsync();
        await rig.RunAsync(TimeSpan.FromHours(6));
        Assert.Equal(tries, receiver.Requests.Count);

        receiver.AnswerStatus(200);
        await rig.RunAsync(Day);

        Assert.Equal([.. first, .. later], receiver.EventIds.Skip(tries));
        Assert.Equal("active", (await rig.DeliveryAsync()).GetProperty("state").GetString());
    }

    [Theory, BothStores]
    public async Task A_webhook_that_moves_takes_along_what_waits(StoreKind kind)
    {
        await using var dead = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(kind, postgres);
        await rig.PutWebhookAsync(dead);
        dead.AnswerStatus(500);
        var ids = await rig.AddAsync(count: 3);
        await rig.RunAsync();
        rig.Clock.SleptFor += Minute;
        var claims = rig.App.Services.GetRequiredService<NoticeClaims>();
        var underWay = Assert.Single(await claims.TakeAsync(10, withMail: true, Cancel));

        var secret = await rig.PutWebhookAsync(receiver);
        var delivery = await rig.DeliveryAsync();
        Assert.Equal(("active", 3), (delivery.GetProperty("state").GetString(), delivery.GetProperty("waiting").GetInt32()));
        Assert.Null(delivery.GetProperty("lastError").GetString());
        await rig.RunAsync();

        Assert.Equal(ids, receiver.EventIds);
        receiver.Requests.Single().IsSignedWith(secret);
        Assert.Single(dead.Requests);
        Assert.False(await claims.UpdateAsync(underWay, release: true, (_, row) => Task.FromResult(row.DueAt = default), Cancel));
    }

    [Theory, BothStores]
    public async Task A_clock_that_was_ahead_holds_nothing_up(StoreKind kind)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(kind, postgres);
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(500);
        rig.Clock.SetBy = TimeSpan.FromDays(300);
        var ids = await rig.AddAsync();
        await rig.RunAsync();
        rig.Clock.SetBy = TimeSpan.Zero;
        receiver.AnswerStatus(200);
        await rig.RunAsync(Minute);
        Assert.Equal([.. ids, .. ids], receiver.EventIds);
        await rig.RunAsync(Day);
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task Gone_ends_it_until_the_target_is_put_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(410);
        await rig.AddAsync();
        await rig.RunAsync();
        receiver.AnswerStatus(200);
        await rig.AddAsync();
        await rig.RunAsync(Day);
        Assert.Single(receiver.Requests);
        Assert.Equal(("gone", 0), ((await rig.DeliveryAsync()).GetProperty("state").GetString(), (await rig.DeliveryAsync()).GetProperty("waiting").GetInt32()));

        await rig.PutAsync(new { webhook = new { url = NoticesRig.Url(receiver) } });
        var ids = await rig.AddAsync();
        await rig.RunAsync();

        Assert.Equal(ids, receiver.EventIds.Skip(1));
    }

    [Theory]
    [InlineData(429, "1800", 1800)]
    [InlineData(503, "1800", 1800)]
    [InlineData(503, "9999999", 6 * 3600)]
    [InlineData(429, "0", 60)]
    [InlineData(429, "soon", 60)]
    public async Task Retry_After_is_honoured_within_bounds(int status, string after, int seconds)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(status, "Retry-After", after);
        await rig.AddAsync();
        await rig.RunAsync();
        await rig.RunAsync(TimeSpan.FromSeconds(seconds - 1));
        Assert.Single(receiver.Requests);
        await rig.RunAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, receiver.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var inside = await WebhookReceiver.StartAsync(IPAddress.Parse("127.0.0.9"));
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(307, "Location", $"http://127.0.0.9:{inside.Port}/");
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Empty(inside.Requests);
        Assert.Equal("The receiver answered 307: redirects are not followed.", (await rig.DeliveryAsync()).GetProperty("lastError").GetString());
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_not_connected_to_and_nothing_is_told_of_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(settings: ("Network:AllowPrivateAddresses", "false"));
        await rig.PutAsync(new { webhook = new { url = $"https://hooks.test:{receiver.Port}/" } });
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Empty(receiver.Requests);
        Assert.Equal("The webhook's name leads to no address that requests may go to.", (await rig.DeliveryAsync()).GetProperty("lastError").GetString());
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_each_time_is_looked_up_once_for_a_request()
    {
        await using var first = await WebhookReceiver.StartAsync(IPAddress.Parse("127.0.0.8"));
        var asked = 0;
        await using var rig = await NoticesRig.StartAsync(dns: query => query.Type != DnsStubQuery.A ? query.Empty()
            : query.Name == "hooks.test" ? query.Answer((query.Name, DnsStubQuery.A, [127, 0, 0, (byte)(Interlocked.Increment(ref asked) == 1 ? 8 : 7)]))
            : query.Empty());
        await rig.PutWebhookAsync(first);
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Single(first.Requests);
        Assert.Equal(1, asked);
    }

    [Fact]
    public async Task An_endless_answer_and_endless_headers_cost_nothing()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        receiver.Answer = async context =>
        {
            await context.Response.StartAsync(context.RequestAborted);
            var piece = new byte[65536];
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
        };
        await rig.AddAsync();
        await rig.RunAsync();
        // 200 with whatever behind it: taken.
        Assert.Equal("active", (await rig.DeliveryAsync()).GetProperty("state").GetString());

        receiver.AnswerStatus(200, "X-Long", new string('x', 16_000));
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Equal("failing", (await rig.DeliveryAsync()).GetProperty("state").GetString());
    }

    [Fact]
    public async Task One_that_is_slow_holds_up_nobody_else()
    {
        await using var slow = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(services: own => own.Replace(ServiceDescriptor.Singleton(provider => SenderOf(provider, TimeSpan.FromHours(1)))));
        await rig.App.AddTenantAsync("other");
        await rig.PutWebhookAsync(slow);
        await rig.PutWebhookAsync(receiver, "other");
        var goOn = new TaskCompletionSource();
        slow.Answer = context => goOn.Task.WaitAsync(context.RequestAborted);
        await rig.AddAsync();
        var ids = await rig.AddAsync(tenant: "other");
        var round = rig.RunAsync();
        await Eventually.TrueAsync(() => receiver.EventIds.Count == 1, "the other one has its event");
        Assert.False(round.IsCompleted);
        goOn.SetResult();
        await round;
        Assert.Equal(ids, receiver.EventIds);
    }

    [Fact]
    public async Task One_that_never_answers_is_left_in_time()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(services: own => own.Replace(ServiceDescriptor.Singleton(provider => SenderOf(provider, TimeSpan.FromSeconds(1)))));
        await rig.PutWebhookAsync(receiver);
        receiver.Answer = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Equal("No answer within 1 s.", (await rig.DeliveryAsync()).GetProperty("lastError").GetString());
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_server_whose_certificate_is_not_trusted()
    {
        using var folder = new TestFolder();
        using var ca = new TestAuthority(folder.Path);
        ca.Issue("hooks", ["hooks.test"]);
        using var certificate = X509Certificate2.CreateFromPemFile(Path.Combine(folder.Path, "hooks.pem"), Path.Combine(folder.Path, "hooks.key"));
        await using var receiver = await WebhookReceiver.StartAsync(certificate: certificate);
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutAsync(new { webhook = new { url = $"https://hooks.test:{receiver.Port}/taking" } });
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Equal("The TLS handshake failed, or the certificate is not trusted for this name.", (await rig.DeliveryAsync()).GetProperty("lastError").GetString());
        Assert.Empty(receiver.Requests);
    }

    [Fact]
    public async Task Too_much_that_waits_loses_its_oldest_and_says_so()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync(services: own => own.Replace(ServiceDescriptor.Singleton(provider => SmallOutbox(provider, 10))));
        await rig.PutWebhookAsync(receiver);
        receiver.AnswerStatus(500);
        await rig.AddAsync(count: 8);
        await rig.RunAsync();
        var later = await rig.AddAsync(count: 6);
        await rig.RunAsync();
        Assert.Equal((10, 4), ((await rig.DeliveryAsync()).GetProperty("waiting").GetInt32(), (await rig.DeliveryAsync()).GetProperty("dropped").GetInt32()));
        receiver.AnswerStatus(200);
        await rig.RunAsync(Minute);
        Assert.Equal(later, receiver.EventIds.TakeLast(6));
    }

    [Fact]
    public async Task A_claim_of_a_node_that_died_runs_out_and_the_message_comes_again_with_its_id()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var rig = await NoticesRig.StartAsync();
        await rig.PutWebhookAsync(receiver);
        await rig.AddAsync();
        var claims = rig.App.Services.GetRequiredService<NoticeClaims>();
        await rig.App.Services.GetRequiredService<NoticeOutbox>().HandOnAsync(Cancel);
        var dead = Assert.Single(await claims.TakeAsync(10, withMail: true, Cancel));
        await rig.RunAsync();
        Assert.Empty(receiver.Requests);
        await rig.RunAsync(NoticeClaims.Time);
        Assert.Single(receiver.Requests);
        Assert.False(await claims.UpdateAsync(dead, release: true, (_, row) => Task.FromResult(row.DueAt = default), Cancel));
    }

    [Fact]
    public async Task Two_nodes_send_each_event_once()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var database = await postgres.CreateDatabaseAsync();
        await using var one = await NoticesRig.StartAsync(StoreKind.PostgreSql, connection: database);
        await using var other = await NoticesRig.StartAsync(StoreKind.PostgreSql, connection: database, clock: one.Clock, isSecond: true);
        await one.PutWebhookAsync(receiver);
        await one.App.AddTenantAsync("other");
        await one.PutWebhookAsync(receiver, "other");
        List<string> ids = [];
        for (var round = 0; round < 10; round++)
        {
            ids.AddRange(await one.AddAsync(count: 30));
            ids.AddRange(await one.AddAsync(count: 30, tenant: "other"));
            await Task.WhenAll(one.RunAsync(), other.RunAsync());
        }

        await one.RunAsync();
        await other.RunAsync();
        Assert.Equal(ids.Order(), receiver.EventIds.Order());
        Assert.All(["acme", "other"], tenant =>
        {
            var numbers = receiver.Requests.SelectMany(request => request.Events).Where(sent => sent.GetProperty("tenant").GetString() == tenant)
                .Select(sent => long.Parse(sent.GetProperty("id").GetString()!["evt_".Length..], CultureInfo.InvariantCulture)).ToList();
            Assert.Equal(numbers.Order(), numbers);
        });
    }

    private static WebhookSender SenderOf(IServiceProvider provider, TimeSpan patience) =>
        new(provider.GetRequiredService<OutboundAddresses>(), provider.GetRequiredService<Resolver>(), provider.GetRequiredService<TimeProvider>()) { Patience = patience };

    private static NoticeOutbox SmallOutbox(IServiceProvider provider, int most)
    {
        var (mail, metrics, clock) = (provider.GetRequiredService<IOptions<MailOptions>>(), provider.GetRequiredService<NoticeMetrics>(), provider.GetRequiredService<TimeProvider>());
        return new NoticeOutbox(provider.GetRequiredService<Store>(), mail, metrics, clock, NullLogger<NoticeOutbox>.Instance) { MostWaiting = most };
    }
}
