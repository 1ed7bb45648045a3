using MtaSts.Host.Checks;
using MtaSts.Host.Checks.Mail;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Mail;

/// <summary>Servers that are slow, rude or hostile: the look ends, says what it was, and throws nothing.</summary>
public sealed class BadMailServersTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2);

    private readonly MailCa _ca = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tarpit_is_left_in_time()
    {
        await using var server = new StubMailServer(async visitor =>
        {
            while (true)
            {
                await visitor.SayAsync("220-slowly\r\n");
                await Task.Delay(50, Cancel);
            }
        });
        var address = await LookAsync(server, Short);
        Assert.Equal((MailEnd.Broken, "no end within 2 s"), (address.End, address.Detail));
    }

    [Fact]
    public async Task A_server_that_says_nothing_is_not_reachable()
    {
        await using var server = new StubMailServer(visitor => visitor.SilenceAsync());
        var address = await LookAsync(server, Short);
        Assert.Equal((MailEnd.Unreachable, "it takes the connection and does not greet: no end within 2 s"), (address.End, address.Detail));
    }

    [Fact]
    public async Task Nobody_at_port_25_is_not_reachable()
    {
        using var nobody = OwnAddress.Take();
        var address = await MailLooking.Smtp().LookAsync(nobody.Address, "mx.mail.test", Cancel);
        Assert.Equal(MailEnd.Unreachable, address.End);
        Assert.StartsWith("no connection to port 25: ", address.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusing_greeting_is_told()
    {
        await using var server = new StubMailServer(visitor => visitor.SayAsync("554 5.7.1 you are on a list\r\n"));
        var address = await LookAsync(server);
        Assert.Equal((MailEnd.Refused, "it greets with: 554 5.7.1 you are on a list"), (address.End, address.Detail));
        Assert.Equal("S: 554 5.7.1 you are on a list", address.Dialogue[0]);
    }

    [Fact]
    public async Task EHLO_refused()
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.SayAsync("220 stub.test\r\n");
            await visitor.ReadLineAsync();
            await visitor.SayAsync("550 no\r\n");
            await visitor.ReadLineAsync();
            await visitor.SayAsync("550 no\r\n");
        });
        Assert.Equal((MailEnd.Refused, "EHLO is answered with: 550 no"), await EndAsync(server));
    }

    [Theory]
    [InlineData("220-more and more\r\n")]
    [InlineData("220 without a line end ")]
    public async Task A_greeting_without_end_is_cut_off(string piece)
    {
        await using var server = new StubMailServer(async visitor =>
        {
            var much = string.Concat(Enumerable.Repeat(piece, 500));
            while (true)
            {
                await visitor.SayAsync(much);
            }
        });
        var address = await LookAsync(server);
        Assert.Equal((MailEnd.Broken, "the server sends more than 256 KB"), (address.End, address.Detail));
        Assert.True(address.Dialogue.Count <= 41 && address.Dialogue.All(line => line.Length <= 203));
    }

    [Fact]
    public async Task No_SMTP_at_all()
    {
        await using var server = new StubMailServer(visitor => visitor.SayAsync("HTTP/1.1 400 Bad Request\r\n\r\n"));
        Assert.Equal(MailEnd.Broken, (await EndAsync(server)).End);
    }

    [Theory]
    [InlineData("454 4.7.0 TLS not available\r\n", "STARTTLS is answered with: 454 4.7.0 TLS not available")]
    [InlineData("", null)]
    [InlineData("220 go\r\n", null)]
    public async Task STARTTLS_that_leads_nowhere(string answer, string? detail)
    {
        await using var server = new StubMailServer(visitor => visitor.UpToStartTlsAsync(answer));
        var address = await LookAsync(server);
        Assert.Equal(MailEnd.StartTlsFailed, address.End);
        Assert.Null(address.Tls);
        if (detail is not null)
        {
            Assert.Equal(detail, address.Detail);
        }
    }

    [Fact]
    public async Task Garbage_in_place_of_a_handshake()
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.UpToStartTlsAsync();
            await visitor.SayAsync("250 what is this?\r\n250 \0\u001b[2J\r\n");
            await visitor.SilenceAsync();
        });
        Assert.Equal(MailEnd.StartTlsFailed, (await EndAsync(server)).End);
    }

    [Fact]
    public async Task An_alert_in_place_of_a_handshake_is_told()
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.UpToStartTlsAsync();
            await visitor.SayAsync("\u0015\u0003\u0003\0\u0002\u0002\u0028");
            // A connection closed with a ClientHello unread is reset, and the alert with it.
            await visitor.SilenceAsync();
        });
        var (end, detail) = await EndAsync(server);
        Assert.Equal(MailEnd.StartTlsFailed, end);
        Assert.Contains("handshake_failure (40)", detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "SSL 3.0")]
    [InlineData(1, "TLS 1.0")]
    [InlineData(2, "TLS 1.1")]
    public async Task An_old_version_in_the_ServerHello_is_told(int minor, string version)
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.UpToStartTlsAsync();
            // One record with a whole ServerHello: version, random, no session, TLS_RSA_WITH_AES_128_CBC_SHA, no compression.
            await visitor.SayAsync($"\u0016\u0003{(char)minor}\0\u002a\u0002\0\0\u0026\u0003{(char)minor}{new string('r', 32)}\0\0\u002f\0");
            await visitor.SilenceAsync();
        });
        var address = await LookAsync(server);
        Assert.Equal((MailEnd.StartTlsFailed, version, $"the server speaks {version} and nothing newer"), (address.End, address.OldTls, address.Detail));
    }

    [Fact]
    public async Task What_was_sent_in_the_clear_after_STARTTLS_is_not_taken()
    {
        // RFC 3207 §6, as CVE-2021-38371: if it were taken, the visitor would end with this error and not see the answer over TLS.
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.UpToStartTlsAsync("220 go\r\n554 injected\r\n");
            await visitor.SecureAsync(_ca.Issue("mx.mail.test"));
            await visitor.ReadLineAsync();
            await visitor.SayAsync("250 secured.test\r\n");
            await visitor.ReadLineAsync();
            await visitor.SayAsync("221 bye\r\n");
        });
        var address = await LookAsync(server);
        Assert.Equal((MailEnd.Secured, ""), (address.End, address.Detail));
        Assert.Contains("S: 250 secured.test", address.Dialogue);
    }

    [Fact]
    public async Task A_server_that_breaks_off_after_the_handshake_has_shown_its_certificate()
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.UpToStartTlsAsync();
            await visitor.SecureAsync(_ca.Issue("mx.mail.test"));
            await visitor.ReadLineAsync();
            await visitor.SayAsync("421 busy\r\n");
        });
        var address = await LookAsync(server);
        Assert.Equal((MailEnd.Broken, true), (address.End, address.Tls!.MatchesName));
        Assert.StartsWith("after STARTTLS: ", address.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_checks_at_once_meet_a_server_one_after_the_other()
    {
        var allAreOut = new TaskCompletionSource();
        var (present, most) = (0, 0);
        await using var server = new StubMailServer(async visitor =>
        {
            var now = Interlocked.Increment(ref present);
            lock (allAreOut)
            {
                most = Math.Max(most, now);
            }

            await allAreOut.Task;
            await visitor.SayAsync("220 stub.test\r\n");
            await visitor.ReadLineAsync();
            await visitor.SayAsync("550 no\r\n");
            await visitor.ReadLineAsync();
            // Without this word no visitor leaves; when the server sees that he has, another may be there already.
            Interlocked.Decrement(ref present);
            await visitor.SayAsync("550 no\r\n");
        });
        var smtp = MailLooking.Smtp();
        var looks = Enumerable.Range(0, 8).Select(_ => smtp.LookAsync(server.Address, "mx.mail.test", Cancel)).ToArray();
        await Eventually.TrueAsync(() => server.Visits > 0, "the first is there");
        allAreOut.SetResult();
        var seen = await Task.WhenAll(looks);
        Assert.All(seen, address => Assert.Equal(MailEnd.Refused, address.End));
        Assert.Equal((8, 1), (server.Visits, most));
    }

    [Fact]
    public async Task Whoever_waits_too_long_for_another_check_does_without()
    {
        await using var server = new StubMailServer(visitor => visitor.SilenceAsync());
        var turns = new OneAtATime();
        var smtp = MailLooking.Smtp(patience: Short, turns: turns);
        using (await turns.EnterAsync(server.Address, 25, Cancel))
        {
            Assert.Equal(MailEnd.NotLookedAt, (await smtp.LookAsync(server.Address, "mx.mail.test", Cancel)).End);
        }

        Assert.Equal(0, server.Visits);
    }

    [Theory]
    [InlineData("", "EHLO [127.")]
    [InlineData("checks.provider.test", "EHLO checks.provider.test")]
    public async Task A_check_calls_itself_by_the_name_that_was_set_and_else_by_its_address(string name, string greeting)
    {
        await using var server = new StubMailServer(async visitor =>
        {
            await visitor.SayAsync("220 stub.test\r\n");
            await visitor.ReadLineAsync();
            await visitor.SayAsync("250 stub.test\r\n");
        });
        var seen = await MailLooking.Smtp(ehloName: name).LookAsync(server.Address, "mx.mail.test", Cancel);
        Assert.Contains(seen.Dialogue, line => line.StartsWith($"C: {greeting}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cancelled_look_leaves_at_once()
    {
        await using var server = new StubMailServer(visitor => visitor.SilenceAsync());
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var smtp = MailLooking.Smtp(patience: TimeSpan.FromMinutes(5));
        var look = smtp.LookAsync(server.Address, "mx.mail.test", cancel.Token);
        await Eventually.TrueAsync(() => server.Visits == 1, "the visitor is there");
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => look);
    }

    public void Dispose() => _ca.Dispose();

    private Task<MailAddress> LookAsync(StubMailServer server, TimeSpan? patience = null) => MailLooking.Smtp(_ca, patience).LookAsync(server.Address, "mx.mail.test", Cancel);

    private async Task<(MailEnd End, string Detail)> EndAsync(StubMailServer server)
    {
        var address = await LookAsync(server);
        return (address.End, address.Detail);
    }
}
