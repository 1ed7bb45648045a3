using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MtaSts.Host.Tests.Whole;
using MtaSts.Testing;
using Xunit;

namespace MtaSts.Host.Tests.Commands;

/// <summary>A start that fails says why in one line each; <see cref="MtaStsProgram"/> sees to it that no stack trace hides it.</summary>
public sealed class StartFaultTests : IDisposable
{
    private readonly MtaStsProgram _program = new();

    public void Dispose() => _program.Dispose();

    [Fact]
    public async Task A_taken_port_exits_1_and_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);

        var result = await _program.RunAsync("--Kestrel:Endpoints:Admin:Url", $"http://127.0.0.1:{port}");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal($"mtasts: Failed to bind to address http://127.0.0.1:{port}: address already in use.\n", result.StandardError);
    }

    [Theory]
    [InlineData("--Access:RequestsPerMinute=abc", "Failed to convert configuration value 'abc' at 'Access:RequestsPerMinute' to type 'System.Int32'.")]
    [InlineData("--Data:Provider=Oracle", "Failed to convert configuration value 'Oracle' at 'Data:Provider' to type 'MtaSts.Host.Data.DataProvider'.")]
    [InlineData("--Data:Directory=", "Data:Directory is empty; name a folder for the database and the keys.")]
    [InlineData("--ConnectionStrings:Store=abc", "ConnectionStrings:Store cannot be read: Format of the initialization string does not conform to specification starting at index 0.")]
    [InlineData("--ConnectionStrings:StoreFile=/none", "ConnectionStrings:StoreFile: Could not find file '/none'.")]
    [InlineData("--Certificates:Source=Acme --Acme:AcceptTermsOfService=true --Acme:Challenges=tls-alpn-01", "Acme:Challenges without http-01 needs Public:Addresses: nothing else would show that a name leads here before the CA is asked.")]
    [InlineData("--Kestrel:Endpoints:Admin:Url=abc", "Kestrel:Endpoints:Admin:Url is \"abc\"; it must be an address such as http://127.0.0.1:8081 or https://*:8443.")]
    [InlineData("--Kestrel:Endpoints:Policy:Url=https://*:99999", "Kestrel:Endpoints:Policy:Url is \"https://*:99999\"; it must be an address such as http://127.0.0.1:8081 or https://*:8443.")]
    public async Task A_setting_that_cannot_be_read_exits_2_and_is_named(string settings, string line)
    {
        var result = await _program.RunAsync(settings.Split(' '));

        Assert.Equal((2, $"mtasts: {line}\n"), (result.ExitCode, result.StandardError));
    }

    [Fact]
    public async Task All_faulty_settings_are_listed_one_a_line()
    {
        var result = await _program.RunAsync("serve", "--Access:RequestsPerMinute=0", "--Access:InitialKey=short", "--Data:Provider=PostgreSql");

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            [
                "mtasts: Access:InitialKey must have 32 characters or more.",
                "mtasts: Access:RequestsPerMinute must be 1 or more.",
                "mtasts: ConnectionStrings:Store is needed with Data:Provider=PostgreSql, such as \"Host=db;Database=mtasts;Username=mtasts\".",
            ],
            result.StandardError.TrimEnd().Split('\n').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task A_malformed_settings_file_exits_2_and_its_line_is_told(string command)
    {
        // The settings file lies beside the program, so this needs a program of its own.
        var program = Directory.CreateDirectory(_program.PathOf("program")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(ServiceProcess.Program)!))
        {
            File.CreateSymbolicLink(Path.Combine(program, Path.GetFileName(file)), file);
        }

        File.Delete(Path.Combine(program, "mtasts.dll"));
        File.Copy(ServiceProcess.Program, Path.Combine(program, "mtasts.dll"));
        File.Delete(Path.Combine(program, "appsettings.json"));
        await File.WriteAllTextAsync(Path.Combine(program, "appsettings.json"), "{ \"Data\":\n oops }", TestContext.Current.CancellationToken);

        var result = await _program.RunCopyAsync(Path.Combine(program, "mtasts.dll"), command);

        Assert.Equal(2, result.ExitCode);
        Assert.Equal(
            $"mtasts: Failed to load configuration from file '{program}/appsettings.json'. 'o' is an invalid start of a value. LineNumber: 1 | BytePositionInLine: 1.\n",
            result.StandardError);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task A_database_that_is_none_exits_1(string command)
    {
        Directory.CreateDirectory(_program.DataDirectory);
        await File.WriteAllTextAsync(Path.Combine(_program.DataDirectory, "mtasts.db"), new string('x', 20_000), TestContext.Current.CancellationToken);

        var result = await _program.RunAsync(command);

        Assert.Equal((1, "mtasts: The store cannot be used: SQLite Error 26: 'file is not a database'.\n"), (result.ExitCode, result.StandardError));
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task PostgreSQL_that_does_not_answer_exits_1(string command)
    {
        var port = FreePort.Next();

        var result = await _program.RunAsync(command, "--Data:Provider=PostgreSql", $"--ConnectionStrings:Store=Host=127.0.0.1;Port={port};Database=none;Password=open-sesame");

        Assert.Equal((1, $"mtasts: The store cannot be used: Failed to connect to 127.0.0.1:{port}: Connection refused\n"), (result.ExitCode, result.StandardError));
        Assert.DoesNotContain("open-sesame", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_made_exits_1_and_is_named()
    {
        await File.WriteAllTextAsync(_program.DataDirectory, "a file stands where the folder should be", TestContext.Current.CancellationToken);

        var result = await _program.RunAsync();

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith($"mtasts: The folder {_program.DataDirectory} cannot be made: ", Assert.Single(result.StandardError.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }
}
