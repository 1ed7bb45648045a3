using System.Text.RegularExpressions;

namespace MtaSts.Host.Commands;

/// <summary>
/// Tells settings on the command line, the ASP.NET way, from what belongs to the commands. A setting has a colon in its name
/// (`--Section:Key`) or is one of the host's own; everything else is the command line's to judge.
/// </summary>
internal static partial class SettingArguments
{
    /// <summary>For the program as a whole; <see cref="ShortHelp"/> for its commands.</summary>
    public const string Help = """
        serve, keys, migrate, sealing-key, import-certificates, certificates and acme take settings on the command line, also when serve is left out:
          mtasts --Data:Directory=/srv/mtasts --Access:RequestsPerMinute 600
        The same in the environment: Data__Directory=/srv/mtasts. All settings with their defaults stand in appsettings.json beside the program.
        """;

    public const string ShortHelp = "Takes settings such as --Data:Directory=/srv/mtasts.";

    // ASP.NET Core's own; Microsoft.AspNetCore.Mvc.Testing hands over the last three.
    private static readonly string[] HostSettings = ["--urls", "--environment", "--contentRoot", "--applicationName"];

    /// <summary>Settings come as `--name=value` each.</summary>
    public static (string[] Settings, List<string> Others, IReadOnlyList<string> Faults) Split(IReadOnlyList<string> arguments)
    {
        var settings = new List<string>();
        var others = new List<string>();
        var faults = new List<string>();
        for (var index = 0; index < arguments.Count; index++)
        {
            var argument = arguments[index];
            if (argument == "--")
            {
                // What follows is no option, whatever it looks like.
                others.AddRange(arguments.Skip(index));
                break;
            }

            var name = argument.Split('=', 2)[0];
            if (!SectionAndKey().IsMatch(name) && !BareSection().IsMatch(argument) && !HostSettings.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                others.Add(argument);
            }
            else if (name.Length < argument.Length)
            {
                settings.Add(argument);
            }
            else if (index + 1 < arguments.Count && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal))
            {
                settings.Add($"{name}={arguments[++index]}");
            }
            else
            {
                faults.Add($"The setting {name} needs a value: {name}=…");
            }
        }

        return ([.. settings], others, faults);
    }

    // Mvc.Testing hands over `--Data=` along with `--Data:Directory=…`. Sections begin with a capital, options never do.
    [GeneratedRegex(@"^--[A-Z][\w.-]*=\z", RegexOptions.CultureInvariant)]
    private static partial Regex BareSection();

    [GeneratedRegex(@"^--[\w.-]+(:[\w.-]+)+\z", RegexOptions.CultureInvariant)]
    private static partial Regex SectionAndKey();
}
