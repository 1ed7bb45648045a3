using System.Net;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Data;
using Xunit;

namespace MtaSts.Host.Tests.Access;

public sealed class ApiKeysTests(SharedApps apps) : IClassFixture<SharedApps>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task Without_a_valid_key_every_route_is_401(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        foreach (var key in new[] { null, "wrong", "mtasts_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", HostApp.AdminKey + "x", HostApp.AdminKey[..^1] })
        {
            using var client = app.Client(key);
            foreach (var path in new[] { "domains", "tenants", "keys", "audit", "domains/example.com", "nothing/here" })
            {
                var answer = (await client.GetAnswerAsync(path)).IsProblem(HttpStatusCode.Unauthorized, "key.invalid");
                Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
            }
        }
    }

    [Fact]
    public async Task A_tenant_cannot_have_keys_without_end()
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        for (var i = 0; i < 100; i++)
        {
            await app.AddKeyAsync(tenant, "viewer");
        }

        (await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { name = "one more", role = "viewer" })).IsProblem(HttpStatusCode.Conflict, "key.too_many");
    }

    [Theory, BothStores]
    public async Task Another_scheme_is_401(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        using var client = app.Client(null);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", $"Basic {HostApp.AdminKey}");
        (await client.GetAnswerAsync("domains")).IsProblem(HttpStatusCode.Unauthorized, "key.invalid");
    }

    [Theory, BothStores]
    public async Task A_key_stops_when_it_expires(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var created = await app.Admin.CallAsync("POST", "keys", new { role = "viewer", expiresAt = app.Clock.GetUtcNow().AddMinutes(1) });
        created.Is(HttpStatusCode.Created);
        using var client = app.Client(created.Member("secret"));
        (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.OK);

        app.Clock.Advance(TimeSpan.FromMinutes(1));

        (await client.GetAnswerAsync("domains")).IsProblem(HttpStatusCode.Unauthorized, "key.invalid");
    }

    [Theory, BothStores]
    public async Task A_deleted_key_stops_at_once(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        foreach (var path in new[] { "keys", $"tenants/{tenant}/keys" })
        {
            var created = (await app.Admin.CallAsync("POST", path, new { name = "ci", role = "admin" })).Is(HttpStatusCode.Created);
            using var client = app.Client(created.Member("secret"));
            (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.OK);

            (await app.Admin.CallAsync("DELETE", $"{path}/{created.Member("id")}")).Is(HttpStatusCode.NoContent);

            (await client.GetAnswerAsync("domains")).Is(HttpStatusCode.Unauthorized);
            (await app.Admin.CallAsync("DELETE", $"{path}/{created.Member("id")}")).IsProblem(HttpStatusCode.NotFound, "key.not_found");
        }
    }

    [Theory, BothStores]
    public async Task A_key_is_deleted_under_its_own_path_only(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var (_, other) = await apps.WithTenantAsync(kind);
        var ours = (await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { role = "admin" })).Member("id");
        var providers = (await app.Admin.CallAsync("POST", "keys", new { role = "viewer" })).Member("id");

        (await app.Admin.CallAsync("DELETE", $"tenants/{other}/keys/{ours}")).IsProblem(HttpStatusCode.NotFound, "key.not_found");
        (await app.Admin.CallAsync("DELETE", $"keys/{ours}")).IsProblem(HttpStatusCode.NotFound, "key.not_found");
        (await app.Admin.CallAsync("DELETE", $"tenants/{other}/keys/{providers}")).IsProblem(HttpStatusCode.NotFound, "key.not_found");

        Assert.Equal([ours], (await app.Admin.GetAnswerAsync($"tenants/{tenant}/keys")).Items("id"));
        Assert.Contains(providers, (await app.Admin.GetAnswerAsync("keys?limit=500")).Items("id"));
    }

    [Theory, BothStores]
    public async Task A_secret_has_a_prefix_and_256_bits_and_is_shown_once(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var created = (await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { name = "ci", role = "editor", expiresAt = (string?)null })).Is(HttpStatusCode.Created);
        var secret = created.Member("secret");

        Assert.StartsWith("mtasts_", secret, StringComparison.Ordinal);
        Assert.Equal(32, System.Buffers.Text.Base64Url.DecodeFromChars(secret.AsSpan("mtasts_".Length)).Length);
        Assert.Equal("ci", created.Member("name"));
        Assert.Equal("editor", created.Member("role"));
        var list = (await app.Admin.GetAnswerAsync($"tenants/{tenant}/keys")).Is(HttpStatusCode.OK);
        Assert.Equal([created.Member("id")], list.Items("id"));
        Assert.DoesNotContain("secret", list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[7..], list.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(secret[7..], (await app.Admin.GetAnswerAsync("audit")).Text, StringComparison.Ordinal);
    }

    [Theory, BothStores]
    public async Task Only_a_hash_of_the_secret_is_stored(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var created = (await app.Admin.CallAsync("POST", "keys", new { role = "viewer" })).Is(HttpStatusCode.Created);
        var secret = created.Member("secret")["mtasts_".Length..];
        var raw = System.Buffers.Text.Base64Url.DecodeFromChars(secret);

        var stored = await DumpAsync(app);

        // The look finds what is there: the public id.
        Assert.True(Holds(stored, Encoding.ASCII.GetBytes(created.Member("id"))));
        Assert.False(Holds(stored, Encoding.ASCII.GetBytes(secret)));
        Assert.False(Holds(stored, raw));
        Assert.False(Holds(stored, Encoding.ASCII.GetBytes(Convert.ToHexString(raw))));
        Assert.False(Holds(stored, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(raw))));
        Assert.False(Holds(stored, Encoding.ASCII.GetBytes(HostApp.AdminKey)));
    }

    [Theory, BothStores]
    public async Task A_faulty_body_makes_no_key_and_names_all_faults(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var path = $"tenants/{tenant}/keys";

        (await app.Admin.CallAsync("POST", path, new { name = 5, role = "owner", expiresAt = "soon", colour = "red" }))
            .IsInvalid("field.type name", "role.unknown role", "expires_at.format expiresAt", "field.unknown colour");
        (await app.Admin.CallAsync("POST", path, new { name = new string('x', 101) })).IsInvalid("field.length name", "field.missing role");

        Assert.Empty((await app.Admin.GetAnswerAsync(path)).Items("id"));
    }

    [Theory]
    [InlineData("12:00")]
    [InlineData("2027-01-31")]
    [InlineData("2027-01-31T00:00:00")]
    [InlineData("31 Jan 2027")]
    [InlineData("2027-02-30T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    public async Task An_expiry_that_is_no_RFC_3339_time_is_refused(string time)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        (await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { role = "viewer", expiresAt = time })).IsInvalid("expires_at.format expiresAt");
    }

    [Theory]
    [InlineData("2037-01-31T00:00:00Z", "2037-01-31T00:00:00.000Z")]
    [InlineData("2037-01-31T02:30:00.5+02:30", "2037-01-31T00:00:00.500Z")]
    [InlineData("2037-01-30T16:00:00-08:00", "2037-01-31T00:00:00.000Z")]
    public async Task An_expiry_is_answered_in_UTC(string given, string answered)
    {
        var (app, tenant) = await apps.WithTenantAsync(StoreKind.Sqlite);
        var created = (await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { role = "viewer", expiresAt = given })).Is(HttpStatusCode.Created);
        Assert.Equal(answered, created.Member("expiresAt"));
    }

    [Theory, BothStores]
    public async Task Keys_are_listed_in_pages(StoreKind kind)
    {
        var (app, tenant) = await apps.WithTenantAsync(kind);
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            made.Add((await app.Admin.CallAsync("POST", $"tenants/{tenant}/keys", new { role = "viewer" })).Member("id"));
        }

        var listed = await app.Admin.WalkAsync($"tenants/{tenant}/keys", 3);

        Assert.Equal(made.Order(StringComparer.Ordinal), listed.Select(key => key.GetProperty("id").GetString()));
    }

    private static bool Holds(byte[] stored, byte[] part) => stored.AsSpan().IndexOf(part) >= 0;

    // SQLite: all bytes of its files; PostgreSQL: every column of every row, binary ones in hexadecimal and as bytes.
    private static async Task<byte[]> DumpAsync(HostApp app)
    {
        var bytes = new MemoryStream();
        await using var db = app.Services.GetRequiredService<Store>().Open();
        if (app.Kind == StoreKind.Sqlite)
        {
            // A file that is being written has another name until it is whole.
            foreach (var file in Directory.GetFiles(app.Directory).Where(file => Path.GetExtension(file) is not (".lock" or ".tmp")))
            {
                await using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                await open.CopyToAsync(bytes, Cancel);
            }

            return bytes.ToArray();
        }

        var connection = db.Database.GetDbConnection();
        await connection.OpenAsync(Cancel);
        foreach (var table in db.Model.GetEntityTypes().Select(entity => entity.GetTableName()).Distinct())
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT * FROM \"{table}\"";
            await using var reader = await command.ExecuteReaderAsync(Cancel);
            while (await reader.ReadAsync(Cancel))
            {
                for (var i = 0; i < reader.FieldCount; i++)
                {
                    bytes.Write(reader.GetValue(i) is byte[] binary ? binary : Encoding.UTF8.GetBytes($" {reader.GetValue(i)}"));
                }
            }
        }

        return bytes.ToArray();
    }
}
