using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using MtaSts.Host.Certificates.Preflight;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Preflight;

public sealed class PreflightEchoTests
{
    private static readonly byte[] Secret = RandomNumberGenerator.GetBytes(32);

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 8, 5, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Every_node_with_the_secret_gives_the_same_answer()
    {
        var token = Node(Secret).NewToken();
        Assert.True(Node(Secret).TryAnswer(token, out var here));
        Assert.True(Node(Secret).TryAnswer(token, out var there));
        Assert.Equal(here, there);
    }

    [Fact]
    public void A_node_of_another_store_does_not_know_the_token()
    {
        Assert.False(Node(RandomNumberGenerator.GetBytes(32)).TryAnswer(Node(Secret).NewToken(), out var body));
        Assert.Null(body);
    }

    [Fact]
    public void Tokens_are_letters_of_base64url_and_answers_are_no_key_authorizations()
    {
        var tokens = Enumerable.Range(0, 100).Select(_ => Node(Secret).NewToken()).ToHashSet();
        Assert.Equal(100, tokens.Count);
        Assert.All(tokens, token =>
        {
            // RFC 8555 §8.1: what CAs make is matched so by what stands in front of servers.
            Assert.Matches("^[A-Za-z0-9_-]{22,100}$", token);
            Assert.True(Node(Secret).TryAnswer(token, out var body));
            Assert.DoesNotContain('.', body);
            Assert.Contains(' ', body);
            Assert.DoesNotContain(token["mtasts-preflight-".Length..], body, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_token_lives_for_minutes_and_clocks_may_differ_by_as_much()
    {
        var token = Node(Secret).NewToken();
        _clock.Advance(PreflightEcho.Life);
        Assert.True(Node(Secret).TryAnswer(token, out _));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(Node(Secret).TryAnswer(token, out _));

        var late = Node(Secret).NewToken();
        _clock.AdjustTime(_clock.GetUtcNow() - PreflightEcho.Life);
        Assert.True(Node(Secret).TryAnswer(late, out _));
        _clock.AdjustTime(_clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        Assert.False(Node(Secret).TryAnswer(late, out _));
    }

    [Fact]
    public void A_changed_token_is_not_answered()
    {
        var token = Node(Secret).NewToken();
        for (var position = 0; position < token.Length; position++)
        {
            foreach (var other in "Az09-_.=+/ \0é")
            {
                var changed = token.ToCharArray();
                changed[position] = other;
                Assert.Equal(other == token[position], Node(Secret).TryAnswer(changed, out _));
            }

            Assert.False(Node(Secret).TryAnswer(token.AsSpan(0, position), out _));
        }

        Assert.False(Node(Secret).TryAnswer(token + "A", out _));
        Assert.False(Node(Secret).TryAnswer(token + "==", out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA")] // RFC 8555 §8.3
    [InlineData("mtasts-preflight-")]
    [InlineData("mtasts-preflight-evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA")]
    public void What_has_not_the_form_of_a_token_costs_no_look_at_the_secret(string text) =>
        Assert.False(new PreflightEcho(() => throw new InvalidOperationException("asked for"), _clock).TryAnswer(text, out _));

    [Fact]
    public void Long_texts_are_no_tokens() =>
        Assert.False(Node(Secret).TryAnswer("mtasts-preflight-" + new string('A', 1_000_000), out _));

    private PreflightEcho Node(byte[] secret) => new(() => secret, _clock);
}
