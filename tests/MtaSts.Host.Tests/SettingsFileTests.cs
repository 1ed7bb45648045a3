using System.Collections;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using MtaSts.Host.Data;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>The settings file shows every setting with its default, so that it is the list an operator looks at.</summary>
public sealed class SettingsFileTests
{
    /// <summary>Read by the framework, not by a class of ours.</summary>
    private static readonly string[] FrameworkSections = ["Kestrel", "Logging"];

    /// <summary>Secrets, and settings without a default: they come from environment or files.</summary>
    private static readonly string[] NotInTheFile = ["Access:InitialKey", "Data:ConnectionString", "Certificates:SealingKey", "Certificates:OldSealingKeys", "Acme:ExternalAccount:Key", "Acme:Fallback:ExternalAccount:Key", "Dns:Rfc2136:KeySecret", "Dns:PowerDns:ApiKey", "Dns:Cloudflare:ApiToken", "Mail:Password"];

    [Fact]
    public void Every_setting_of_every_options_class_is_in_the_file_with_its_default_and_nothing_else_is()
    {
        var inClasses = OptionsClasses().SelectMany(Settings).Where(setting => !NotInTheFile.Contains(setting.Key));

        var inFile = SettingsFile().AsEnumerable()
            .Where(setting => setting.Value is not null && !FrameworkSections.Contains(setting.Key.Split(':')[0]))
            .Select(setting => KeyValuePair.Create(setting.Key, setting.Value!));

        Assert.Equal(inClasses.Select(Line).Order(StringComparer.Ordinal), inFile.Select(Line).Order(StringComparer.Ordinal));
        static string Line(KeyValuePair<string, string> setting) => $"{setting.Key}={setting.Value}";
    }

    [Fact]
    public void No_secret_is_in_the_file()
    {
        var keys = SettingsFile().AsEnumerable().Select(setting => setting.Key).ToList();
        Assert.DoesNotContain(keys, key => NotInTheFile.Contains(key) || key.StartsWith("ConnectionStrings", StringComparison.Ordinal));
        Assert.DoesNotContain(keys, key => key.EndsWith("File", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Kestrel:Endpoints:Policy:Url", "https://*:8443")]
    [InlineData("Kestrel:Endpoints:Challenge:Url", "http://*:8080")]
    [InlineData("Kestrel:Endpoints:Admin:Url", "http://127.0.0.1:8081")]
    [InlineData("Data:Directory", "data")]
    [InlineData("Data:Provider", "Sqlite")]
    [InlineData("Access:RequestsPerMinute", "6000")]
    [InlineData("Certificates:Source", "LocalCa")]
    [InlineData("Acme:DirectoryUrl", "https://acme-v02.api.letsencrypt.org/directory")]
    [InlineData("Acme:Challenges", "http-01, tls-alpn-01")]
    [InlineData("Dns:Resolvers", "")]
    [InlineData("Dns:Authoritative", "")]
    [InlineData("Dns:Publisher", "Manual")]
    [InlineData("Dns:Zone", "")]
    [InlineData("Network:AllowPrivateAddresses", "False")]
    [InlineData("Public:HttpPort", "80")]
    [InlineData("Public:HttpsPort", "443")]
    [InlineData("Public:Addresses", "")]
    public void Defaults_are_those_that_users_know(string key, string value) => Assert.Equal(value, SettingsFile()[key]);

    [Theory]
    [InlineData("Access:InitialKey")]
    [InlineData("ConnectionStrings:Store")]
    [InlineData("Certificates:SealingKey")]
    [InlineData("Certificates:OldSealingKeys")]
    [InlineData("Acme:ExternalAccount:Key")]
    [InlineData("Acme:Fallback:ExternalAccount:Key")]
    [InlineData("Dns:Rfc2136:KeySecret")]
    [InlineData("Dns:PowerDns:ApiKey")]
    [InlineData("Dns:Cloudflare:ApiToken")]
    [InlineData("Mail:Password")]
    public void A_secret_may_come_from_a_file(string secret)
    {
        using var folder = new TestFolder();
        var path = Path.Combine(folder.Path, "secret");
        File.WriteAllText(path, "the secret itself\n");
        using var configuration = new ConfigurationManager();
        configuration[$"{secret}File"] = path;

        configuration.AddSecretFiles();

        Assert.Equal("the secret itself", configuration[secret]);
        Assert.Contains(secret, Assert.Throws<SettingsException>(configuration.AddSecretFiles).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_file_that_cannot_be_read_is_named_with_its_setting()
    {
        using var configuration = new ConfigurationManager();
        configuration["Access:InitialKeyFile"] = "/nowhere/at/all";
        Assert.StartsWith("Access:InitialKeyFile: ", Assert.Throws<SettingsException>(configuration.AddSecretFiles).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_the_Data_settings_are_told_at_once()
    {
        var failures = new DataOptionsValidator().Validate(null, new DataOptions { Directory = " ", Provider = DataProvider.PostgreSql }).Failures!.ToList();
        Assert.Equal(2, failures.Count);
        Assert.Contains("Data:Directory", failures[0], StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:Store", failures[1], StringComparison.Ordinal);
    }

    private static IConfigurationRoot SettingsFile() => new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json")).Build();

    private static List<Type> OptionsClasses() =>
        [.. typeof(DataOptions).Assembly.GetTypes().Where(type => type is { IsClass: true, IsNested: false, Namespace: not null } && type.Namespace.StartsWith("MtaSts.Host.", StringComparison.Ordinal) && type.Name.EndsWith("Options", StringComparison.Ordinal))];

    private static IEnumerable<KeyValuePair<string, string>> Settings(Type type) => Settings(type.Name[..^"Options".Length], type);

    private static IEnumerable<KeyValuePair<string, string>> Settings(string section, Type type)
    {
        var defaults = Activator.CreateInstance(type);
        foreach (var property in type.GetProperties().Where(property => property.SetMethod is not null))
        {
            Assert.False(property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType), $"{section}:{property.Name} is a list: use one string with commas.");
            var name = $"{section}:{property.Name}";
            if (property.PropertyType.Assembly == type.Assembly && property.PropertyType.IsClass)
            {
                foreach (var setting in Settings(name, property.PropertyType))
                {
                    yield return setting;
                }

                continue;
            }

            yield return KeyValuePair.Create(name, Convert.ToString(property.GetValue(defaults), CultureInfo.InvariantCulture) ?? "");
        }
    }
}
