using System.Reflection;
using MtaSts.Host.Certificates.Import;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Data;
using MtaSts.Host.Notices;
using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>What a log line, a debugger or a failed assertion shows of an object by itself is no secret.</summary>
public sealed class SecretsTests
{
    private const string Secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlYyE=";

    [Fact]
    public void No_class_of_settings_prints_what_it_holds()
    {
        var types = typeof(DataOptions).Assembly.GetTypes()
            .Where(type => type is { IsClass: true, IsAbstract: false } && (type.Name.EndsWith("Options", StringComparison.Ordinal) || type.Name.EndsWith("Settings", StringComparison.Ordinal)) && type.GetConstructor(Type.EmptyTypes) is not null)
            .ToList();
        Assert.True(types.Count > 5);
        foreach (var type in types)
        {
            var settings = Activator.CreateInstance(type)!;
            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.PropertyType == typeof(string) && property.SetMethod is not null))
            {
                property.SetValue(settings, Secret);
            }

            Assert.DoesNotContain(Secret, settings.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_sealing_key_and_an_imported_certificate_print_their_names()
    {
        var key = SealingKey.Parse(Secret)!;
        Assert.Equal((key.Id, Secret), (key.ToString(), key.Export()));
        Assert.Equal("a.pem", new ImportCandidate("a.pem", [], [], [], [], [1, 2, 3], "", default, default, false, []).ToString());
    }

    [Fact]
    public void A_webhooks_secret_is_printed_by_nothing_that_holds_it()
    {
        var webhook = new WebhookResource("https://hooks.example/", Secret);
        Assert.DoesNotContain(Secret, new NoticesResource([], webhook, "error", [], [], default, default).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, new PutNoticesRequest(null, new WebhookRequest("https://hooks.example/", Secret), null).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_settings_at_once_are_printed_nowhere()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Top, "src"), "*.cs", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("GetDebugView", File.ReadAllText(file), StringComparison.Ordinal);
        }
    }
}
