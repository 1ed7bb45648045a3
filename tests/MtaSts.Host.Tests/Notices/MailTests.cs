using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MimeKit;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Tests.Checks.Mail;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

public sealed class MailTests(PostgresServer postgres)
{
    private const string Password = "the-password-of-the-relay";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task What_happens_in_a_day_is_one_message(StoreKind kind)
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink, kind, postgres);
        await rig.AddAsync(severity: AdvisorySeverity.Warning, code: "mx.cname", subject: "mx.example.com");
        await rig.RunAsync();
        Assert.Empty(sink.Messages);
        await rig.RunAsync(2 * Minute);
        var first = Assert.Single(sink.Messages);
        Assert.Equal("MTA-STS: 1 domain has warnings: example.com", first.Subject);

        await rig.AddAsync(domain: "one.example");
        await rig.RunAsync(Hour);
        await rig.AddAsync(domain: "two.example", isEnforced: true, severity: AdvisorySeverity.Warning);
        await rig.AddAsync(AdvisoryEventKind.Cleared, AdvisorySeverity.Warning, code: "mx.cname", subject: "mx.example.com");
        await rig.RunAsync(22 * Hour);
        Assert.Single(sink.Messages);
        await rig.RunAsync(Hour);

        Assert.Equal(2, sink.Messages.Count);
        var second = sink.Messages[1];
        Assert.Equal("MTA-STS: 1 domain has errors: one.example", second.Subject);
        var text = second.TextBody!.ReplaceLineEndings("\n");
        Assert.True(text.IndexOf("one.example", StringComparison.Ordinal) < text.IndexOf("two.example", StringComparison.Ordinal), text);
        Assert.Contains("No longer wrong\n\n- example.com: mx.cname, mx.example.com\n", text, StringComparison.Ordinal);
        Assert.Contains("What to do: Add the name to the policy", text, StringComparison.Ordinal);
        Assert.Equal(("auto-generated", "ops@example.com", "sts@provider.example"), (second.Headers["Auto-Submitted"], second.To.ToString(), second.From.ToString()));
        Assert.NotEqual(first.MessageId, second.MessageId);
        Assert.EndsWith("@provider.example", second.MessageId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_error_in_enforce_goes_at_once_gathered_and_once_an_hour()
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink);
        await rig.AddAsync(severity: AdvisorySeverity.Warning);
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Single(sink.Messages);

        await rig.AddAsync(isEnforced: true, domain: "a.example");
        await rig.RunAsync();
        await rig.AddAsync(isEnforced: true, domain: "b.example");
        await rig.RunAsync(Minute);
        Assert.Single(sink.Messages);
        await rig.RunAsync(Minute);
        Assert.Equal("MTA-STS: 2 domains have errors that stop mail: a.example, b.example", sink.Messages[1].Subject);

        await rig.AddAsync(isEnforced: true, domain: "c.example");
        await rig.RunAsync(30 * Minute);
        Assert.Equal(2, sink.Messages.Count);
        await rig.AddAsync(isEnforced: true, domain: "d.example");
        await rig.RunAsync(30 * Minute);
        Assert.Equal("MTA-STS: 2 domains have errors that stop mail: c.example, d.example", sink.Messages[2].Subject);
    }

    [Fact]
    public async Task An_error_that_is_gone_before_its_message_makes_none_before_its_time()
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink);
        await rig.AddAsync(severity: AdvisorySeverity.Warning);
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        await rig.AddAsync(isEnforced: true);
        await rig.RunAsync();
        await rig.AddAsync(AdvisoryEventKind.Cleared, isEnforced: true);
        await rig.RunAsync(Hour);
        Assert.Single(sink.Messages);
        await rig.RunAsync(Day);
        Assert.Equal("MTA-STS: no longer wrong: example.com", sink.Messages[1].Subject);
    }

    [Fact]
    public async Task Errors_that_go_on_are_remembered_once_a_week_and_warnings_never()
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink);
        await rig.AddAsync();
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        for (var day = 1; day <= 14; day++)
        {
            rig.Clock.SleptFor += Day;
            await rig.AddAsync(AdvisoryEventKind.Sustained);
            await rig.AddAsync(AdvisoryEventKind.Sustained, AdvisorySeverity.Warning, code: "mx.cname");
            await rig.RunAsync();
        }

        Assert.Equal(3, sink.Messages.Count);
        Assert.Equal("MTA-STS: errors go on", sink.Messages[2].Subject);
        for (var day = 1; day <= 14; day++)
        {
            rig.Clock.SleptFor += Day;
            await rig.AddAsync(AdvisoryEventKind.Sustained, AdvisorySeverity.Warning, code: "mx.cname");
            await rig.RunAsync();
        }

        Assert.Equal(3, sink.Messages.Count);
    }

    [Theory, BothStores]
    public async Task Addresses_that_are_put_anew_wait_as_long_as_those_before_them(StoreKind kind)
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink, kind, postgres);
        await rig.AddAsync(isEnforced: true, domain: "a.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Single(sink.Messages);

        await DeleteAsync(rig);
        await rig.PutAsync(new { emails = new[] { "one@example.net" } });
        await rig.AddAsync(isEnforced: true, domain: "b.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Single(sink.Messages);
        await rig.RunAsync(Hour);
        Assert.Equal(["ops@example.com", "one@example.net"], sink.Raw.Select(one => one.To));

        await rig.PutAsync(new { emails = new[] { "one@example.net", "two@example.net", "three@example.net" } });
        Assert.Null((await rig.DeliveryAsync("two@example.net")).GetProperty("lastSuccessAt").GetString());
        await rig.AddAsync(domain: "c.example");
        await rig.RunAsync();
        await rig.RunAsync(23 * Hour);
        Assert.Equal(2, sink.Messages.Count);
        await rig.RunAsync(Hour);
        Assert.Equal(["one@example.net", "three@example.net", "two@example.net"], sink.Raw.Skip(2).Select(one => one.To).Order());
    }

    [Fact]
    public async Task A_message_that_may_have_arrived_counts_when_its_address_is_taken_away()
    {
        await using var sink = new SmtpSink { Reply = line => line == "END" ? "" : null };
        await using var rig = await StartAsync(sink);
        await rig.AddAsync(isEnforced: true, domain: "a.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Single(sink.Messages);
        sink.Reply = _ => null;
        await rig.PutAsync(new { emails = new[] { "one@example.net" } });
        await rig.AddAsync(isEnforced: true, domain: "b.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Single(sink.Messages);
        await rig.RunAsync(Hour);
        Assert.Equal("one@example.net", sink.Raw.Skip(1).Single().To);
    }

    [Fact]
    public async Task A_clock_that_was_ahead_holds_mail_up_for_a_day_at_most()
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink);
        rig.Clock.SetBy = 300 * Day;
        await rig.AddAsync(isEnforced: true, domain: "a.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        await rig.AddAsync(domain: "b.example");
        await rig.RunAsync();
        Assert.Single(sink.Messages);

        rig.Clock.SetBy = TimeSpan.Zero;
        await rig.RunAsync(Minute);
        Assert.Single(sink.Messages);
        await rig.AddAsync(isEnforced: true, domain: "c.example");
        await rig.RunAsync();
        await rig.RunAsync(Hour);
        Assert.Equal("MTA-STS: 1 domain has errors that stop mail: c.example", sink.Messages[1].Subject);
        await rig.AddAsync(domain: "d.example");
        await rig.RunAsync();
        await rig.RunAsync(Day);
        Assert.Equal(3, sink.Messages.Count);
    }

    [Theory, BothStores]
    public async Task A_reminder_names_what_goes_on_of_this_tenant_alone(StoreKind kind)
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink, kind, postgres);
        await rig.AddPresentAsync("bad.example", AdvisorySeverity.Error);
        await rig.AddPresentAsync("fair.example", AdvisorySeverity.Warning);
        await rig.App.AddTenantAsync("other");
        await rig.App.PutDomainAsync("theirs.example", "other");
        await rig.AddAsync(AdvisoryEventKind.Sustained, domain: "bad.example");
        await rig.RunAsync(Minute);
        await rig.RunAsync(6 * Day);
        Assert.Empty(sink.Messages);
        await rig.RunAsync(Day);
        var message = Assert.Single(sink.Messages);
        Assert.Equal("MTA-STS: 1 domain has errors that go on: bad.example", message.Subject);
        Assert.StartsWith("2 findings that were told before go on.\nErrors go on at: bad.example\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hostile_names_and_words_add_no_header_and_no_line()
    {
        await using var sink = new SmtpSink();
        await using var rig = await StartAsync(sink);
        const string Evil = "x\r\nBcc: victim@example.net\r\n\r\n.\r\nRCPT TO:<victim@example.net>\u2028\u202E";
        await rig.AddAsync(domain: "a.example\r\nBcc: victim@example.net", subject: Evil, message: Evil, code: "x\r\nX-Evil: 1");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        var message = Assert.Single(sink.Messages);
        Assert.Equal(
            ["auto-submitted", "content-transfer-encoding", "content-type", "date", "from", "message-id", "mime-version", "subject", "to"],
            message.Headers.Concat(message.Body!.Headers).Select(header => header.Field.ToLowerInvariant()).Distinct().Order());
        Assert.DoesNotContain(sink.Commands, line => line.StartsWith("RCPT", StringComparison.Ordinal) && line.Contains("victim", StringComparison.Ordinal));
        Assert.DoesNotContain(message.TextBody!.ReplaceLineEndings("\n").Split('\n'), line => line.StartsWith("Bcc", StringComparison.Ordinal) || line.StartsWith("RCPT", StringComparison.Ordinal) || line == ".");
        Assert.DoesNotContain('\u202E', message.TextBody!);
    }

    [Fact]
    public async Task An_address_that_is_refused_is_shown_and_costs_the_others_nothing()
    {
        await using var sink = new SmtpSink { Reply = line => line.StartsWith("RCPT TO:<gone@", StringComparison.Ordinal) ? "550 5.1.1 no such user" : null };
        await using var rig = await StartAsync(sink, emails: ["gone@example.com", "ops@example.com"]);
        await rig.AddAsync(isEnforced: true);
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Equal(["ops@example.com"], sink.Raw.Select(one => one.To));
        var gone = await rig.DeliveryAsync("gone@example.com");
        Assert.Equal(("givenUp", "The mail server answers 550 5.1.1 no such user"), (gone.GetProperty("state").GetString(), gone.GetProperty("lastError").GetString()));
        Assert.Equal("active", (await rig.DeliveryAsync("ops@example.com")).GetProperty("state").GetString());

        sink.Reply = _ => null;
        await rig.RunAsync(Day);
        Assert.Equal(["ops@example.com", "gone@example.com"], sink.Raw.Select(one => one.To));
    }

    [Fact]
    public async Task A_mailbox_that_is_busy_gets_it_later_with_what_came_since()
    {
        await using var sink = new SmtpSink { Reply = line => line == "END" ? "451 4.3.0 later" : null };
        await using var rig = await StartAsync(sink);
        await rig.AddAsync(domain: "a.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        Assert.Equal("failing", (await rig.DeliveryAsync()).GetProperty("state").GetString());
        await rig.AddAsync(domain: "b.example");
        sink.Reply = _ => null;
        await rig.RunAsync(Minute);
        Assert.Equal("MTA-STS: 2 domains have errors: a.example, b.example", Assert.Single(sink.Messages).Subject);
    }

    [Fact]
    public async Task A_message_whose_answer_was_lost_comes_again_under_the_same_id()
    {
        await using var sink = new SmtpSink { Reply = line => line == "END" ? "" : null };
        await using var rig = await StartAsync(sink);
        await rig.AddAsync(domain: "a.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        await rig.AddAsync(domain: "b.example");
        sink.Reply = _ => null;
        await rig.RunAsync(Minute);
        Assert.Equal(2, sink.Messages.Count);
        Assert.Equal(sink.Messages[0].MessageId, sink.Messages[1].MessageId);
        Assert.Equal(sink.Messages[0].TextBody, sink.Messages[1].TextBody);
        await rig.RunAsync(Day);
        Assert.Equal("MTA-STS: 1 domain has errors: b.example", sink.Messages[2].Subject);
    }

    [Fact]
    public async Task A_mail_server_that_is_away_costs_a_try_a_minute_and_no_address_its_good_name()
    {
        await using var sink = new SmtpSink { Reply = line => line.Contains("HLO ", StringComparison.Ordinal) || line.StartsWith("HELO", StringComparison.Ordinal) ? "421 down" : null };
        await using var rig = await StartAsync(sink, emails: ["a@example.com", "b@example.com", "c@example.com"]);
        await rig.AddAsync();
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);
        var tries = sink.Commands.Count;
        await rig.RunAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(tries, sink.Commands.Count);
        await rig.RunAsync(4 * Day);
        Assert.Equal("active", (await rig.DeliveryAsync("a@example.com")).GetProperty("state").GetString());
        using var nobody = rig.App.Client(null);
        var why = (await nobody.GetAnswerAsync("/healthz/ready")).Json.GetProperty("why").EnumerateArray().Single(one => one.GetProperty("part").GetString() is "mail" or "notices");
        Assert.Equal(("mail", "the mail server takes no mail; notices wait for it"), (why.GetProperty("part").GetString(), why.GetProperty("reason").GetString()));

        sink.Reply = _ => null;
        await rig.RunAsync(Minute);
        await rig.RunAsync(Minute);
        Assert.Equal(["a@example.com", "b@example.com", "c@example.com"], sink.Raw.Select(one => one.To).Order());
        Assert.DoesNotContain("\"mail\"", (await nobody.GetAnswerAsync("/healthz/ready")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_mail_server_nothing_waits_and_the_answer_says_so()
    {
        await using var rig = await NoticesRig.StartAsync();
        var put = await rig.PutAsync(new { emails = new[] { "ops@example.com" } });
        Assert.Equal("mail.off", put.GetProperty("warnings").EnumerateArray().Single().GetProperty("code").GetString());
        await rig.AddAsync();
        await rig.RunAsync();
        Assert.Equal(0, (await rig.DeliveryAsync()).GetProperty("waiting").GetInt32());
    }

    [Fact]
    public async Task It_signs_in_over_STARTTLS_with_a_certificate_that_is_trusted_and_tells_the_password_nowhere()
    {
        using var ca = new MailCa();
        await using var sink = new SmtpSink(ca.Issue("localhost"));
        using var logs = new RecordedLogs();
        (string, string?)[] settings = [("Logging:LogLevel:Default", "Debug"), ("Mail:Security", "StartTls"), ("Mail:UserName", "sts"), ("Mail:Password", Password), ("Mail:TrustedRoots", ca.RootFile)];
        await using (var rig = await StartAsync(sink, services: own => own.AddSingleton<ILoggerProvider>(logs), settings: settings))
        {
            Assert.True(await TestAsync(rig));
            Assert.Contains(sink.Commands, line => line.StartsWith("AUTH PLAIN", StringComparison.Ordinal));
            sink.Reply = line => line.StartsWith("AUTH", StringComparison.Ordinal) ? $"535 not {line}" : null;
            rig.Clock.SleptFor += Minute;
            Assert.False(await TestAsync(rig));
        }

        Assert.Contains(logs.Lines, line => line.Contains("it refuses Mail:UserName and Mail:Password", StringComparison.Ordinal));
        var encoded = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0sts\0{Password}"));
        Assert.DoesNotContain(logs.Lines, line => line.Contains(Password, StringComparison.Ordinal) || line.Contains(encoded, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true, "the TLS handshake fails, or its certificate is not trusted")]
    [InlineData(false, "it does not offer STARTTLS")]
    public async Task Without_trusted_TLS_no_mail_goes_out(bool hasTls, string reason)
    {
        using var ca = new MailCa();
        await using var sink = new SmtpSink(hasTls ? ca.Issue("localhost") : null);
        using var logs = new RecordedLogs();
        await using var rig = await StartAsync(sink, services: own => own.AddSingleton<ILoggerProvider>(logs), settings: [("Logging:LogLevel:Default", "Debug"), ("Mail:Security", "StartTls")]);
        Assert.False(await TestAsync(rig));
        Assert.DoesNotContain(sink.Commands, line => line.StartsWith("MAIL", StringComparison.Ordinal));
        Assert.Contains(logs.Lines, line => line.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_real_server_delivers_it_over_STARTTLS_and_refuses_whom_it_does_not_know()
    {
        using var ca = new MailCa();
        await using var postfix = await PostfixServer.StartDeliveringAsync(address => ca.Issue(address.ToString()), "ops@box.test");
        await using var rig = await NoticesRig.StartAsync(
            settings: [("Mail:Server", $"{postfix.Address}:25"), ("Mail:From", "sts@provider.example"), ("Mail:Security", "StartTls"), ("Mail:TrustedRoots", ca.RootFile)]);
        await rig.PutAsync(new { emails = new[] { "ops@box.test", "nobody@box.test" } });
        await rig.AddAsync(isEnforced: true, domain: "a.example", message: "Größe");
        await rig.AddAsync(isEnforced: true, domain: "b.example");
        await rig.RunAsync();
        await rig.RunAsync(2 * Minute);

        await Eventually.TrueAsync(() => postfix.Delivered.Count == 1, $"the message is delivered\n{postfix.Output}");
        var message = await MimeMessage.LoadAsync(postfix.Delivered.Single(), Cancel);
        Assert.Equal("MTA-STS: 2 domains have errors that stop mail: a.example, b.example", message.Subject);
        Assert.Contains("  Größe\n", message.TextBody!.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.StartsWith("The mail server answers 550", (await rig.DeliveryAsync("nobody@box.test")).GetProperty("lastError").GetString(), StringComparison.Ordinal);
    }

    private static async Task<NoticesRig> StartAsync(
        SmtpSink sink, StoreKind kind = StoreKind.Sqlite, PostgresServer? postgres = null, string[]? emails = null, Action<IServiceCollection>? services = null, params (string Key, string? Value)[] settings)
    {
        var rig = await NoticesRig.StartAsync(
            kind, postgres, services: services, settings: [("Mail:Server", sink.Server), ("Mail:From", "sts@provider.example"), ("Mail:Security", "None"), .. settings]);
        var put = await rig.PutAsync(new { emails = emails ?? ["ops@example.com"] });
        Assert.Equal("[]", put.GetProperty("warnings").GetRawText());
        return rig;
    }

    private static async Task DeleteAsync(NoticesRig rig) =>
        (await rig.App.Admin.CallAsync("DELETE", $"tenants/{NoticesRig.Tenant}/notices")).Is(System.Net.HttpStatusCode.NoContent);

    private static async Task<bool> TestAsync(NoticesRig rig) =>
        (await rig.App.Admin.CallAsync("POST", $"tenants/{NoticesRig.Tenant}/notices/test")).Is(System.Net.HttpStatusCode.OK).Json.GetProperty("results")[0].GetProperty("taken").GetBoolean();
}
