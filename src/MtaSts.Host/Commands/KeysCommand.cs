using System.CommandLine;
using MtaSts.Host.Access;
using MtaSts.Host.Data;
using MtaSts.Host.Data.Tables;
using MtaSts.Host.Nodes;

namespace MtaSts.Host.Commands;

/// <summary>`mtasts keys create`: the way in for whoever has the machine, also before the first start and without any key.</summary>
internal static class KeysCommand
{
    private const int LongestName = 100;

    public static Command Create(string[] settings) => new("keys", "Makes API keys.") { CreateKey(settings) };

    private static Command CreateKey(string[] settings)
    {
        var role = new Option<ApiRole>("--role")
        {
            Description = "What the key may do: viewer reads, editor also changes domains, admin also keys.",
            HelpName = "viewer|editor|admin",
            Required = true,
            CustomParser = argument =>
            {
                if (ApiRoles.Parse(argument.Tokens.SingleOrDefault()?.Value) is { } parsed)
                {
                    return parsed;
                }

                argument.AddError($"--role must be {ApiRoles.Words}.");
                return default;
            },
        };
        var tenant = new Option<string?>("--tenant") { Description = "The tenant whose key it is; without it the key is the provider's and sees all tenants.", HelpName = "TENANT" };
        var name = new Option<string>("--name") { Description = "What the key is for; lists show it.", HelpName = "NAME", DefaultValueFactory = _ => "" };
        name.Validators.Add(option =>
        {
            if (option.GetValueOrDefault<string>()?.Length > LongestName)
            {
                option.AddError($"--name may have {LongestName} characters.");
            }
        });

        var command = new Command("create", $"Makes an API key in the store and prints its secret, this once. {SettingArguments.ShortHelp}") { role, tenant, name };
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(settings, parsed.GetValue(role), parsed.GetValue(tenant), parsed.GetValue(name)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string[] settings, ApiRole role, string? tenant, string name, CancellationToken cancellationToken)
    {
        await using var services = StoreServices.Build(settings);
        await StoreStart.RefuseLostStoreAsync(services.GetRequiredService<Store>(), services.GetRequiredService<NodeIdentity>(), cancellationToken);
        await StoreMigrator.CreateSchemaAsync(services.GetRequiredService<Store>(), cancellationToken);
        var (_, secret, problem) = await services.GetRequiredService<ApiKeyEditor>().CreateAsync(ApiKeyEditor.CommandActor, tenant, name, role, null, cancellationToken);
        if (problem is not null)
        {
            StandardError.Complain(problem.Detail);
            return ExitCodes.No;
        }

        // Alone on its line, so that a script can take the output as it is.
        Console.WriteLine(secret);
        return ExitCodes.Yes;
    }
}
