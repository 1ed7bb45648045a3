using MtaSts.Testing;
using Xunit;
using Xunit.Sdk;

namespace MtaSts.Host.Tests.Testing;

public sealed class RequiresTests
{
    [Fact]
    public void A_program_that_is_there_is_found()
    {
        Assert.True(File.Exists(Requires.Program("sh", "package dash")));
    }

    [Fact]
    public void A_missing_program_skips_the_test_and_names_the_package()
    {
        // Assert.Throws lets a skip pass through.
        string reason = "";
        try
        {
            Requires.Program("no-such-program", "package none");
        }
        catch (SkipException skip)
        {
            reason = skip.Message;
        }

        Assert.EndsWith("no-such-program is not installed (package none).", reason, StringComparison.Ordinal);
    }
}
