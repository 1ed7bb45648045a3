using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Access;
using MtaSts.Host.Api;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Domains;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Data;

public sealed class StoreTests(SharedApps apps, PostgresServer postgres) : IClassFixture<SharedApps>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory, BothStores]
    public async Task A_write_that_changes_nothing_takes_no_revision(StoreKind kind)
    {
        var store = await StoreAsync(kind);
        var before = await RevisionAsync(store);

        var offered = await store.WriteAsync(async write => write.Revision + (0 * await write.Db.Tenants.CountAsync(Cancel)), Cancel);

        Assert.Equal(before + 1, offered);
        Assert.Equal(before, await RevisionAsync(store));
        Assert.Equal(offered, await store.WriteAsync(write => Task.FromResult(write.Revision), Cancel));
    }

    [Theory, BothStores]
    public async Task An_exception_inside_an_edit_leaves_nothing(StoreKind kind)
    {
        var store = await StoreAsync(kind);
        var before = await RevisionAsync(store);
        var name = apps.NewName();

        await Assert.ThrowsAsync<NotSupportedException>(() => store.WriteAsync<int>(
            async write =>
            {
                Add(write, name);
                await write.Db.SaveChangesAsync(Cancel);
                throw new NotSupportedException();
            },
            Cancel));

        await using var db = store.Open();
        Assert.False(await db.Tenants.AnyAsync(row => row.Name == name, Cancel));
        Assert.False(await db.Audit.AnyAsync(row => row.Target == name, Cancel));
        Assert.Equal(before, await RevisionAsync(store));

        // And the way is free for the next.
        Assert.Equal(before + 1, await WriteAsync(store, name));
    }

    [Theory, BothStores]
    public async Task A_broken_constraint_is_a_mistake_of_ours_and_not_an_absence_of_the_store(StoreKind kind)
    {
        var store = await StoreAsync(kind);
        var name = apps.NewName();
        await WriteAsync(store, name);
        var fault = await Assert.ThrowsAsync<DbUpdateException>(() => WriteAsync(store, name));
        Assert.False(StoreFaults.IsAway(fault));
    }

    [Fact]
    public async Task A_text_that_PostgreSQL_cannot_hold_is_a_mistake_of_ours()
    {
        var store = await StoreAsync(StoreKind.PostgreSql);
        var fault = await Assert.ThrowsAsync<DbUpdateException>(() => WriteAsync(store, new string('x', 64)));
        Assert.False(StoreFaults.IsAway(fault));
    }

    [Theory, BothStores]
    public async Task Revisions_of_two_writers_become_visible_in_their_order(StoreKind kind)
    {
        using var folder = new TestFolder();
        var database = kind == StoreKind.PostgreSql ? await postgres.CreateDatabaseAsync() : $"Data Source={Path.Combine(folder.Path, "mtasts.db")}";
        await using var first = await HostApp.StartAsync(kind, connectionString: database);
        await using var second = await HostApp.StartAsync(kind, connectionString: database);
        Store[] stores = [first.Services.GetRequiredService<Store>(), second.Services.GetRequiredService<Store>()];
        var start = await RevisionAsync(stores[0]);
        const int EachWrites = 60;

        var writing = Task.WhenAll(stores.SelectMany(store => Enumerable.Range(0, 3).Select(_ => Task.Run(
            async () =>
            {
                for (var i = 0; i < EachWrites / 3; i++)
                {
                    await WriteAsync(store, apps.NewName());
                }
            },
            Cancel))));

        // The reader asks like a loader: the counter, then the rows. It must never find a row of a revision that it had passed without it.
        var seen = new HashSet<long>();
        var last = start;
        await using var db = stores[0].Open();
        for (var done = false; !done;)
        {
            done = writing.IsCompleted;
            var rows = await db.Tenants.AsNoTracking().Where(row => row.Revision > start).Select(row => row.Revision).ToListAsync(Cancel);
            var newest = rows.DefaultIfEmpty(start).Max();
            Assert.Equal(newest - start, rows.Count);
            Assert.True(newest >= last);
            last = newest;
            seen.Add(newest);
        }

        await writing;
        Assert.Equal(start + (2 * EachWrites), last);
        Assert.True(seen.Count > 2, "The reader came too late to see anything.");
    }

    [Theory, BothStores]
    public async Task A_domain_for_a_tenant_that_was_deleted_meanwhile_is_refused(StoreKind kind)
    {
        var app = await apps.GetAsync(kind);
        var gone = new Tenant { Id = 1_000_000, Name = "gone", DisplayName = "" };
        var editor = app.Services.GetRequiredService<DomainEditor>();
        Assert.True(MailDomain.TryParse($"{apps.NewName()}.example", out var domain, out _));
        var input = new DomainInput(new StsPolicy(StsMode.None, [], 86400), null, null);

        var edit = await editor.PutAsync(new Caller("test", ApiRole.Admin, null, null), domain, gone, input, new IfMatch([], present: false), clearance: null, Cancel);

        Assert.Equal(422, edit.Problem?.Status);
        Assert.Equal("tenant.unknown", edit.Problem!.Errors!.Single().Code);
    }

    private async Task<Store> StoreAsync(StoreKind kind) => (await apps.GetAsync(kind)).Services.GetRequiredService<Store>();

    private static async Task<long> RevisionAsync(Store store)
    {
        await using var db = store.Open();
        return (await db.StoreState.SingleAsync(Cancel)).Revision;
    }

    private static Task<long> WriteAsync(Store store, string name) => store.WriteAsync(
        write =>
        {
            Add(write, name);
            return Task.FromResult(write.Revision);
        },
        Cancel);

    private static void Add(StoreWrite write, string name)
    {
        write.Db.Tenants.Add(new Tenant { Name = name, DisplayName = "", CreatedAt = write.At, Revision = write.Revision });
        write.Audit("test", "tenant.create", name);
    }
}
