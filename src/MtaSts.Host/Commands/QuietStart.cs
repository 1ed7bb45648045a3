namespace MtaSts.Host.Commands;

/// <summary>
/// While the service starts, the framework logs what then comes out as an exception, with its stack trace. The command says it in one
/// line, so these logs are off until the service has started. Settings like those of an operator, so that his hold again afterwards.
/// </summary>
internal sealed class QuietStart : ConfigurationProvider, IConfigurationSource
{
    private static readonly string[] Categories =
    [
        "Microsoft.Extensions.Hosting.Internal.Host",
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Server.Kestrel",
        "Microsoft.EntityFrameworkCore",
        "Npgsql",
    ];

    private QuietStart()
    {
        foreach (var category in Categories)
        {
            Set($"Logging:LogLevel:{category}", nameof(LogLevel.None));
            // What is set for one provider would win over the line above.
            Set($"Logging:Console:LogLevel:{category}", nameof(LogLevel.None));
        }
    }

    public static QuietStart Begin(IConfigurationManager configuration)
    {
        var quiet = new QuietStart();
        configuration.Add(quiet);
        return quiet;
    }

    public void End()
    {
        Data.Clear();
        OnReload();
    }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;
}
