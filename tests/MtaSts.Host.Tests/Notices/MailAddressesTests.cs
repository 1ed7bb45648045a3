using MtaSts.Host.Notices.Mail;
using Xunit;

namespace MtaSts.Host.Tests.Notices;

public sealed class MailAddressesTests
{
    [Theory]
    [InlineData("ops@example.com")]
    [InlineData("o.p+s_!#$%&'*/=?^`{|}~-@sub.example.com")]
    [InlineData("ops@xn--bcher-kva.example")]
    [InlineData("OPS@EXAMPLE.COM")]
    public void Plain_addresses_are_taken(string address) => Assert.Null(MailAddresses.FindFault(address));

    [Theory]
    [InlineData("")]
    [InlineData("ops")]
    [InlineData("@example.com")]
    [InlineData("Ops <ops@example.com>")]
    [InlineData("<ops@example.com>")]
    [InlineData("ops@example.com, more@example.com")]
    [InlineData("ops@example.com\r\nBcc: x@example.com")]
    [InlineData("ops\r\n@example.com")]
    [InlineData("ops@example.com\n")]
    [InlineData(" ops@example.com")]
    [InlineData("\"ops\"@example.com")]
    [InlineData("\"a@b\"@example.com")]
    [InlineData("ops(comment)@example.com")]
    [InlineData("@relay.example:ops@example.com")]
    [InlineData("team:ops@example.com;")]
    [InlineData("o..ps@example.com")]
    [InlineData(".ops@example.com")]
    [InlineData("öps@example.com")]
    [InlineData("ops\0@example.com")]
    [InlineData("ops%0d%0a@@example.com")]
    [InlineData("01234567890123456789012345678901234567890123456789012345678901234@example.com")]
    public void All_else_is_refused(string address) => Assert.Equal("email.syntax", MailAddresses.FindFault(address)?.Code);

    [Theory]
    [InlineData("ops@bücher.example")]
    [InlineData("ops@[127.0.0.1]")]
    [InlineData("ops@127.0.0.1")]
    [InlineData("ops@example.com.")]
    [InlineData("ops@-a.example")]
    [InlineData("ops@a_b.example")]
    [InlineData("ops@")]
    public void So_are_domains_that_are_none_in_A_labels(string address) => Assert.Contains(MailAddresses.FindFault(address)?.Code, new[] { "email.domain", "email.syntax" });

    [Fact]
    public void An_address_that_is_too_long_is_refused() => Assert.Equal("email.length", MailAddresses.FindFault($"a@{string.Join('.', Enumerable.Repeat(new string('a', 60), 5))}")?.Code);
}
