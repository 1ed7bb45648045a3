using MtaSts.Host.Commands;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

public sealed class SettingArgumentsTests
{
    [Theory]
    [InlineData("--Data:Directory=/x", "--Data:Directory=/x", "")]
    [InlineData("--Data:Directory /x", "--Data:Directory=/x", "")]
    [InlineData("serve --Data:Directory /x --Access:RequestsPerMinute=1", "--Data:Directory=/x --Access:RequestsPerMinute=1", "serve")]
    [InlineData("--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "--Logging:LogLevel:Microsoft.Hosting.Lifetime=None", "")]
    [InlineData("--ConnectionStrings:Store=Host=a;Port=1", "--ConnectionStrings:Store=Host=a;Port=1", "")] // Cut at the first equals sign only.
    [InlineData("--environment=Development --contentRoot=/a --applicationName=b", "--environment=Development --contentRoot=/a --applicationName=b", "")]
    [InlineData("--URLS http://a", "--URLS=http://a", "")] // Names of settings know no case.
    [InlineData("--Data= --Data:Directory=/x", "--Data= --Data:Directory=/x", "")]
    [InlineData("--name= --Data=x", "", "--name= --Data=x")]
    [InlineData("--json --name=a:b c:d", "", "--json --name=a:b c:d")]
    [InlineData("lint record -- --Data:Directory=/x", "", "lint record -- --Data:Directory=/x")]
    [InlineData("--:a --a: --a::b --", "", "--:a --a: --a::b --")]
    public void Settings_are_told_from_other_arguments(string arguments, string settings, string others)
    {
        var split = SettingArguments.Split(arguments.Split(' '));

        Assert.Equal(settings.Split(' ', StringSplitOptions.RemoveEmptyEntries), split.Settings);
        Assert.Equal(others.Split(' ', StringSplitOptions.RemoveEmptyEntries), split.Others);
        Assert.Empty(split.Faults);
    }
}
