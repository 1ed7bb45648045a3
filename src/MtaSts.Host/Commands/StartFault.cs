using System.Net.Sockets;
using Microsoft.Extensions.Options;
using MtaSts.Host.Certificates;
using MtaSts.Host.Data;

namespace MtaSts.Host.Commands;

/// <summary>
/// What an operator can put right: settings that cannot be read, a taken port, a store that is away. Told in one line each, for a stack
/// trace would hide it. Everything else is a mistake of ours and keeps its stack trace.
/// </summary>
internal sealed record StartFault(int ExitCode, IReadOnlyList<string> Lines)
{
    private const string Binder = "Microsoft.Extensions.Configuration.Binder";
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    /// <summary>Null when it is none of these.</summary>
    public static StartFault? Of(Exception exception) => exception switch
    {
        OptionsValidationException invalid => Settings([.. invalid.Failures]),
        SettingsException => Settings(exception.Message),
        // The settings file; its parser's own exception says where.
        InvalidDataException => Settings($"{exception.Message} {exception.GetBaseException().Message}"),
        AggregateException several => All(several),
        StoreSchemaException or StoreMissingException or KeySealingException => Failed(exception.Message),
        _ when StoreFaults.Cause(exception) is { } cause => Failed($"The store cannot be used: {Describe(cause)}"),
        // What these two throw for a setting has no type of its own.
        InvalidOperationException when IsOf(exception, Binder) || IsOf(exception, Kestrel) => Settings(exception.Message),
        OperationCanceledException => Failed("Stopped before the start was done."),
        SocketException => Failed($"An endpoint of Kestrel:Endpoints cannot listen: {exception.Message}"),
        IOException or UnauthorizedAccessException => Failed(exception.Message),
        _ => null,
    };

    private static StartFault Settings(params IReadOnlyList<string> lines) => new(ExitCodes.Usage, lines);

    private static StartFault Failed(string line) => new(ExitCodes.No, [line]);

    // One that we do not know makes all of them unknown: it must not be hidden behind the others.
    private static StartFault? All(AggregateException several)
    {
        var faults = several.Flatten().InnerExceptions.Select(Of).ToList();
        return faults.Contains(null) ? null : new(faults.Max(fault => fault!.ExitCode), [.. faults.SelectMany(fault => fault!.Lines)]);
    }

    // Npgsql names the server in the outer message and the reason in the inner one.
    private static string Describe(Exception cause) =>
        cause.InnerException is SocketException or TimeoutException or IOException ? $"{cause.Message}: {cause.InnerException.Message}" : cause.Message;

    private static bool IsOf(Exception exception, string assembly) => exception.Source?.StartsWith(assembly, StringComparison.Ordinal) == true;
}
