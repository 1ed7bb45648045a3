using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace MtaSts.Host.Tests.Operations;

public sealed partial class OpenApiDocumentTests(SharedApps apps) : IClassFixture<SharedApps>
{
    [Fact]
    public async Task The_document_is_the_one_that_is_kept_here()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        using var nobody = app.Client(null);
        var document = (await nobody.GetAnswerAsync("/openapi/v1.json")).Is(HttpStatusCode.OK).Text.ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("MTASTS_WRITE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(KeptFile(), document, TestContext.Current.CancellationToken);
        }

        var kept = await File.ReadAllTextAsync(KeptFile(), TestContext.Current.CancellationToken);

        Assert.True(kept == document, $"The API has changed. If it was meant so, run this test with MTASTS_WRITE_OPENAPI=1 and commit the file.\n{Difference(kept, document)}");
    }

    [Fact]
    public async Task Every_operation_says_what_it_takes_and_answers()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        var document = (await app.Admin.GetAnswerAsync("/openapi/v1.json")).Json;
        var ids = new List<string>();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            var placeholders = Placeholder().Matches(path.Name).Select(match => match.Groups[1].Value).Order(StringComparer.Ordinal);
            foreach (var operation in path.Value.EnumerateObject())
            {
                var what = $"{operation.Name} {path.Name}";
                Assert.True(operation.Value.TryGetProperty("summary", out _), $"{what} has no summary.");
                Assert.True(operation.Value.TryGetProperty("operationId", out var id), $"{what} has no operationId.");
                ids.Add(id.GetString()!);
                var parameters = operation.Value.TryGetProperty("parameters", out var list) ? list.EnumerateArray().ToList() : [];
                Assert.Equal(
                    placeholders,
                    parameters.Where(parameter => parameter.GetProperty("in").GetString() == "path").Select(parameter => parameter.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
                Assert.DoesNotContain(parameters, parameter => parameter.GetProperty("name").GetString() is "context" or "store" or "cancellationToken");
                if (path.Name.StartsWith("/api/", StringComparison.Ordinal))
                {
                    var responses = operation.Value.GetProperty("responses");
                    Assert.True(responses.GetProperty("default").GetProperty("content").TryGetProperty("application/problem+json", out _), $"{what} has no problem document.");
                }
            }
        }

        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task Answers_have_the_members_that_their_schemas_say()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var schemas = (await app.Admin.GetAnswerAsync("/openapi/v1.json")).Json.GetProperty("components").GetProperty("schemas");
        await app.PutDomainAsync("schema.example", tenant);
        foreach (var (answer, schema) in new[]
        {
            (await app.Admin.GetAnswerAsync("domains/schema.example"), "DomainResource"),
            (await app.Admin.CallAsync("DELETE", "domains/schema.example"), "DomainResource"),
            (await app.Admin.GetAnswerAsync("domains"), "DomainResourcePage"),
            (await app.Admin.GetAnswerAsync("domains/schema.example/certificate"), "CertificateResource"),
            (await app.Admin.GetAnswerAsync("domains/schema.example/records"), "RecordResourcePage"),
            (await app.Admin.GetAnswerAsync("certificates"), "CertificateItemPage"),
            (await app.Admin.GetAnswerAsync("certificates/summary"), "CertificatesSummary"),
            (await app.Admin.GetAnswerAsync("zone"), "ZoneResource"),
            (await app.Admin.GetAnswerAsync("audit"), "AuditResourcePage"),
            (await app.Admin.GetAnswerAsync($"tenants/{tenant}"), "TenantResource"),
            (await app.Admin.CallAsync("POST", "keys", new { role = "viewer" }), "CreatedKeyResource"),
            (await app.Admin.GetAnswerAsync("/healthz/ready"), "ReadyAnswer"),
            (await app.Admin.GetAnswerAsync("domains/none.example"), "ProblemDocument"),
        })
        {
            Check(answer.Json, schemas.GetProperty(schema), schema);
        }

        void Check(JsonElement value, JsonElement schema, string where)
        {
            if (value.ValueKind == JsonValueKind.Null)
            {
                Assert.True(schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean(), $"{where} is null, and its schema does not say so.");
                return;
            }

            if (schema.TryGetProperty("allOf", out var all))
            {
                schema = all[0];
            }

            if (schema.TryGetProperty("$ref", out var reference))
            {
                schema = schemas.GetProperty(reference.GetString()!.Split('/')[^1]);
            }

            if (schema.TryGetProperty("enum", out var words))
            {
                Assert.Contains(value.GetString(), words.EnumerateArray().Select(word => word.GetString()));
            }

            if (value.ValueKind == JsonValueKind.Object)
            {
                var properties = schema.GetProperty("properties");
                Assert.Empty(value.EnumerateObject().Select(member => member.Name).Except(properties.EnumerateObject().Select(property => property.Name)));
                Assert.Empty((schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : []).Except(value.EnumerateObject().Select(member => member.Name)));
                foreach (var member in value.EnumerateObject())
                {
                    Check(member.Value, properties.GetProperty(member.Name), $"{where}.{member.Name}");
                }
            }
            else if (value.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in value.EnumerateArray())
                {
                    Check(item, schema.GetProperty("items"), $"{where}[]");
                }
            }
        }
    }

    [Fact]
    public async Task The_page_loads_its_files_from_us_alone()
    {
        var app = await apps.GetAsync(StoreKind.Sqlite);
        using var nobody = app.Client(null);
        var page = (await nobody.GetAnswerAsync("/openapi/index.html")).Is(HttpStatusCode.OK);
        Assert.Equal("text/html", page.MediaType);

        var files = Reference().Matches(page.Text).Select(match => match.Groups[1].Value).ToList();
        Assert.Contains(files, file => file.EndsWith(".js", StringComparison.Ordinal));
        foreach (var file in files)
        {
            Assert.DoesNotContain("//", file, StringComparison.Ordinal);
            Assert.NotEmpty((await nobody.GetAnswerAsync($"/openapi/{file.TrimStart('.', '/')}")).Is(HttpStatusCode.OK).Text);
        }

        foreach (var file in files.Where(file => !file.Contains("swagger-ui", StringComparison.Ordinal)).Append("index.html").Append("index.js"))
        {
            var text = (await nobody.GetAnswerAsync($"/openapi/{file.TrimStart('.', '/')}")).Is(HttpStatusCode.OK).Text;
            Assert.DoesNotMatch("(https?:)?//[a-z0-9-]+\\.[a-z]", ScriptComment().Replace(text, ""));
        }
    }

    private static string KeptFile() => Path.Combine(Repository.Top, "tests", "MtaSts.Host.Tests", "Operations", "openapi.v1.json");

    private static string Difference(string kept, string now)
    {
        var (before, after) = (kept.Split('\n'), now.Split('\n'));
        var start = before.Zip(after).TakeWhile(pair => pair.First == pair.Second).Count();
        var end = before.Reverse().Zip(after.Reverse()).TakeWhile(pair => pair.First == pair.Second).Count();
        end = Math.Min(end, Math.Min(before.Length, after.Length) - start);
        return string.Join('\n', before[start..^end].Take(40).Select(line => $"{start + 1} - {line}").Concat(after[start..^end].Take(40).Select(line => $"{start + 1} + {line}")));
    }

    [GeneratedRegex("\\{([^}:]+)[^}]*\\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex("/\\*.*?\\*/|^\\s*//[^\n]*", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex ScriptComment();

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Reference();
}
