using System.Text;
using MtaSts.Host.Checks.Records;
using Xunit;

namespace MtaSts.Host.Tests.Checks.Records;

public sealed class IdRulesTests
{
    private static readonly OwnPolicy Ours = new("new2", ["old1"], Encoding.ASCII.GetBytes("ours"));

    [Theory]
    [InlineData("new2", "ours", "")]
    [InlineData("old1", "ours", "id.behind")]
    [InlineData("NEW2", "ours", "id.unknown")]
    [InlineData("else", "ours", "id.unknown")]
    [InlineData(null, "ours", "")]
    [InlineData("new2", null, "")]
    [InlineData("new2", "else", "text.differs")]
    [InlineData("new2", "", "text.differs")]
    [InlineData("else", "else", "id.unknown text.differs")]
    public void Record_and_text_are_compared_with_what_we_serve(string? id, string? text, string codes)
    {
        var fetched = text is null ? default(ReadOnlyMemory<byte>?) : Encoding.ASCII.GetBytes(text);
        Assert.Equal(codes, string.Join(' ', IdRules.Judge(CheckParts.Domain("example.test"), Ours, id, fetched).Select(advisory => advisory.Code)));
    }
}
