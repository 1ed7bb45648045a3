using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates;
using MtaSts.Host.Data;
using Xunit;

namespace MtaSts.Host.Tests.Certificates;

public sealed class KeySealingTests : IDisposable
{
    private readonly string _folder = CertificatesRig.NewFolder();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(138);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_was_sealed_opens_also_after_a_restart()
    {
        var sealedKey = Sealing().Seal(_content, "certificate:a");

        Assert.Equal(_content, Sealing().Open(sealedKey, "certificate:a"));
    }

    [Fact]
    public void Sealing_twice_gives_two_texts_that_do_not_hold_the_content()
    {
        var sealing = Sealing();
        var first = sealing.Seal(_content, "certificate:a");

        Assert.NotEqual(first, sealing.Seal(_content, "certificate:a"));
        Assert.Equal(-1, first.AsSpan().IndexOf(_content.AsSpan(0, 8)));
    }

    [Fact]
    public void A_key_that_was_copied_to_another_row_does_not_open()
    {
        var sealing = Sealing();
        var sealedKey = sealing.Seal(_content, "certificate:a");

        var exception = Assert.Throws<KeySealingException>(() => sealing.Open(sealedKey, "certificate:b"));
        Assert.Contains("certificate:b", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_changed_byte_is_accepted()
    {
        var sealing = Sealing();
        var sealedKey = sealing.Seal(_content, "certificate:a");
        for (var i = 0; i < sealedKey.Length; i++)
        {
            sealedKey[i] ^= 1;
            Assert.Throws<KeySealingException>(() => sealing.Open(sealedKey, "certificate:a"));
            sealedKey[i] ^= 1;
        }
    }

    [Fact]
    public void No_shortened_content_is_accepted()
    {
        var sealing = Sealing();
        var sealedKey = sealing.Seal(_content, "certificate:a");
        for (var length = 0; length < sealedKey.Length; length++)
        {
            Assert.Throws<KeySealingException>(() => sealing.Open(sealedKey.AsSpan(0, length), "certificate:a"));
        }
    }

    [Fact]
    public void Another_nodes_sealing_key_is_named_as_the_cause_without_its_bytes()
    {
        var mine = NewKey();
        var other = NewKey();
        var sealedKey = Sealing(mine).Seal(_content, "certificate:a");

        var exception = Assert.Throws<KeySealingException>(() => Sealing(other).Open(sealedKey, "certificate:a"));
        Assert.Contains("Certificates:SealingKey", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(mine, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(other, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_sealing_key_is_not_replaced_when_something_is_to_be_opened()
    {
        var sealedKey = Sealing().Seal(_content, "certificate:a");
        File.Delete(Path.Combine(_folder, "sealing.key"));

        Assert.Throws<KeySealingException>(() => Sealing().Open(sealedKey, "certificate:a"));
        Assert.False(File.Exists(Path.Combine(_folder, "sealing.key")));
    }

    [Fact]
    public void The_made_key_is_for_the_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are not of Windows");
            return;
        }

        Sealing().Seal(_content, "certificate:a");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "sealing.key")));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Many_that_start_at_once_in_one_folder_agree_on_one_key()
    {
        var sealedKeys = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Task.Run(() => Sealing().Seal(_content, "certificate:a"))));

        Assert.All(sealedKeys, sealedKey => Assert.Equal(_content, Sealing().Open(sealedKey, "certificate:a")));
    }

    [Fact]
    public void The_first_key_of_the_file_seals_and_all_of_them_open()
    {
        var (older, newer) = (NewKey(), NewKey());
        File.WriteAllText(KeyFile, older + "\n");
        var before = Sealing().Seal(_content, "certificate:a");
        File.WriteAllText(KeyFile, $"# for people\n{newer}\n\n{older}\n");

        var sealing = Sealing();
        Assert.Equal(_content, sealing.Open(before, "certificate:a"));
        Assert.Equal(sealing.Keys[0].Id, KeySealing.IdOf(sealing.Seal(_content, "certificate:a")));
        Assert.NotEqual(KeySealing.IdOf(before), sealing.Keys[0].Id);
        Assert.Equal(KeySealing.IdOf(before), sealing.Keys[1].Id);
    }

    [Fact]
    public void A_key_that_comes_into_the_file_opens_and_seals_without_a_restart()
    {
        File.WriteAllText(KeyFile, NewKey() + "\n");
        var running = Sealing();
        var before = running.Seal(_content, "certificate:a");
        File.WriteAllText(KeyFile, NewKey() + "\n" + File.ReadAllText(KeyFile));
        var after = Sealing().Seal(_content, "certificate:a");

        Assert.Equal(_content, running.Open(after, "certificate:a"));
        Assert.Equal(KeySealing.IdOf(after), KeySealing.IdOf(running.Seal(_content, "certificate:a")));
        Assert.Equal(_content, running.Open(before, "certificate:a"));
    }

    [Fact]
    public void A_key_that_left_the_file_opens_until_the_restart()
    {
        File.WriteAllText(KeyFile, NewKey() + "\n");
        var running = Sealing();
        var before = running.Seal(_content, "certificate:a");
        File.WriteAllText(KeyFile, NewKey() + "\n# longer\n");

        Assert.Equal(KeySealing.IdOf(Sealing().Seal(_content, "b")), KeySealing.IdOf(running.Seal(_content, "b")));
        Assert.Equal(_content, running.Open(before, "certificate:a"));
        Assert.Throws<KeySealingException>(() => Sealing().Open(before, "certificate:a"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("half a ke")]
    public void A_file_that_is_gone_or_damaged_while_the_service_runs_changes_nothing(string? content)
    {
        var running = Sealing();
        var before = running.Seal(_content, "certificate:a");
        File.Delete(KeyFile);
        if (content is not null)
        {
            File.WriteAllText(KeyFile, content);
        }

        Assert.Equal(KeySealing.IdOf(before), KeySealing.IdOf(running.Seal(_content, "certificate:a")));
        Assert.Equal(_content, running.Open(before, "certificate:a"));
        Assert.Equal(content is not null, File.Exists(KeyFile));
    }

    [Fact]
    public void A_damaged_file_at_start_is_named_without_what_it_holds()
    {
        var key = NewKey();
        File.WriteAllText(KeyFile, $"{key}\nx{NewKey()}\n");
        var fault = Assert.Throws<KeySealingException>(() => Sealing().Seal(_content, "a"));
        Assert.Contains($"Line 2 of {KeyFile}", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key[..8], fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_key_of_the_settings_seals_and_those_of_the_file_and_the_old_ones_open()
    {
        var older = NewKey();
        var oldest = Sealing(older).Seal(_content, "a");
        var ofFile = Sealing().Seal(_content, "a");
        var sealing = Sealing(NewKey(), older);

        Assert.Equal(3, sealing.Keys.Count);
        Assert.Equal(_content, sealing.Open(oldest, "a"));
        Assert.Equal(_content, sealing.Open(ofFile, "a"));
        Assert.Equal(sealing.Keys[0].Id, KeySealing.IdOf(sealing.Seal(_content, "a")));
        Assert.Equal(_content, Sealing(older).Open(Sealing(older, NewKey()).SealAgain(oldest, "a"), "a"));
    }

    [Fact]
    public void All_faults_of_the_settings_are_told_at_once()
    {
        var options = new CertificatesOptions { Source = (CertificateSource)9, SealingKey = "short", OldSealingKeys = $"{NewKey()}, short", HotLimit = 0 };
        var result = new CertificatesOptionsValidator().Validate(null, options);

        Assert.Equal(4, result.Failures!.Count());
        Assert.All(["Certificates:Source", "Certificates:SealingKey", "Certificates:OldSealingKeys", "Certificates:HotLimit"], key => Assert.Contains(result.Failures!, fault => fault.Contains(key, StringComparison.Ordinal)));
        Assert.True(new CertificatesOptionsValidator().Validate(null, new CertificatesOptions { SealingKey = NewKey(), OldSealingKeys = $"{NewKey()},{NewKey()}\n{NewKey()}" }).Succeeded);
    }

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private string KeyFile => Path.Combine(_folder, "sealing.key");

    private KeySealing Sealing(string? key = null, string? old = null) =>
        new(Options.Create(new CertificatesOptions { SealingKey = key, OldSealingKeys = old }), Options.Create(new DataOptions { Directory = _folder }));
}
