using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using MtaSts.Host.Certificates.Issuing;
using MtaSts.Host.Certificates.Sealing;
using MtaSts.Host.Commands;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Certificates.Issuing;

/// <summary>The store fails in the middle of an order, when the CA has issued and nothing can be written of it; or its keys cannot be opened any more.</summary>
public sealed class BadStoreTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("moved")]
    [InlineData("locked")]
    [InlineData("refusing")]
    public async Task The_order_is_gone_on_with_when_the_store_is_back_and_the_old_certificate_is_served_meanwhile(string way)
    {
        await using var rig = await StubCaRig.StartAsync();
        var first = await rig.IssueAsync("one.example");
        await rig.LiveAsync(TimeSpan.FromDays(1));
        rig.Ca.Revoke(first);
        await using var store = new BrokenStore(rig.Data, way);
        rig.Ca.Behaviour.BeforeAnswer = kind => kind == StubRequestKind.Finalize ? store.BreakAsync() : Task.CompletedTask;

        rig.Clock.Advance(await rig.NextAtAsync("one.example") - rig.Now + TimeSpan.FromSeconds(1));
        // From the break on only the log tells how far it is.
        await Eventually.TrueAsync(() => rig.LogCount("could not be worked on") > 0, "the visit has failed");
        Assert.Equal((2, 2), (rig.Ca.Orders.Count, rig.Ca.Certificates.Count));
        await rig.AssertServedAsync("one.example", first);

        rig.Ca.Behaviour.BeforeAnswer = null;
        await store.MendAsync();
        // Where the lease could not be given back either, it runs out.
        rig.Clock.Advance(JobStore.Lease + TimeSpan.FromSeconds(1));
        await rig.LiveAsync(TimeSpan.FromMinutes(10));

        await rig.AssertServedAsync("one.example", rig.Certificates("one.example")[1]);
        Assert.Equal((2, 2), (rig.Ca.Orders.Count, rig.Ca.Certificates.Count));
        Assert.Equal(("idle", null, 0), await rig.StateAsync("one.example"));
        await rig.HealthTellsAsync();
    }

    [Fact]
    public async Task After_a_lost_sealing_key_nothing_starts_and_the_way_out_brings_another_account_and_certificate()
    {
        await using var rig = await StubCaRig.StartAsync();
        var first = await rig.IssueAsync("one.example");
        await rig.StopServiceAsync();
        var another = Convert.ToBase64String([.. Enumerable.Repeat((byte)7, 32)]);

        await Assert.ThrowsAnyAsync<Exception>(() => rig.StartServiceAsync(("Certificates:SealingKey", another)));
        // It ends at the certificates; what it tells is KeySealingTests' and SealingKeyCommandTests' to see.
        Assert.Equal((1, 1), (rig.LogCount("Serving 1 policies"), rig.LogCount("certificates were read in")));

        // What `mtasts sealing-key lost --yes` does.
        await using (var services = StoreServices.Build([$"--Data:Directory={rig.Data}", $"--Certificates:SealingKey={another}"]))
        {
            await services.GetRequiredService<Resealing>().LoseAsync(Cancel);
        }

        await rig.StartServiceAsync(("Certificates:SealingKey", another));
        await rig.LiveAsync(TimeSpan.FromMinutes(5));

        var next = rig.Certificates("one.example")[1];
        await rig.AssertServedAsync("one.example", next);
        Assert.NotEqual(first.CertId, next.CertId);
        Assert.Equal((2, 2, 2), (rig.Ca.AccountCount, rig.Ca.Orders.Count, rig.Ca.Certificates.Count));
        Assert.Null(next.Replaces);
    }

    /// <summary>A SQLite file that was moved away, that another program has locked, or that takes no note of what was issued.</summary>
    private sealed class BrokenStore(string directory, string way) : IAsyncDisposable
    {
        private readonly string _file = Path.Combine(directory, "mtasts.db");
        private SqliteConnection? _other;

        public Task BreakAsync() => way switch
        {
            "moved" => Task.Run(() => File.Move(_file, _file + ".away"), Cancel),
            "locked" => ExecuteAsync("BEGIN EXCLUSIVE"),
            _ => ExecuteAsync("""CREATE TRIGGER full BEFORE UPDATE ON certificate_jobs WHEN NEW."CertificateUrl" IS NOT NULL BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"""),
        };

        public Task MendAsync() => way switch
        {
            "moved" => Task.Run(() => File.Move(_file + ".away", _file), Cancel),
            "locked" => ExecuteAsync("ROLLBACK"),
            _ => ExecuteAsync("DROP TRIGGER full"),
        };

        public async ValueTask DisposeAsync()
        {
            if (_other is not null)
            {
                await _other.DisposeAsync();
            }
        }

        private async Task ExecuteAsync(string sql)
        {
            if (_other is null)
            {
                _other = new SqliteConnection($"Data Source={_file};Pooling=False");
                await _other.OpenAsync(Cancel);
            }

            await using var command = _other.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync(Cancel);
        }
    }
}
