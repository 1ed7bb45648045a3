namespace MtaSts.Host.Data;

/// <summary>A setting that cannot be used; the message is for the operator, in one line.</summary>
internal sealed class SettingsException(string message) : Exception(message);

/// <summary>Each secret setting has a twin that names a file with it, so that it need not stand in the environment.</summary>
internal static class SecretFiles
{
    private static readonly string[] Secrets =
    [
        "Access:InitialKey", "ConnectionStrings:Store", "Certificates:SealingKey", "Certificates:OldSealingKeys", "Acme:ExternalAccount:Key", "Acme:Fallback:ExternalAccount:Key",
        "Dns:Rfc2136:KeySecret", "Dns:PowerDns:ApiKey", "Dns:Cloudflare:ApiToken", "Mail:Password",
    ];

    /// <exception cref="SettingsException">A file cannot be read, or both twins are set.</exception>
    public static void AddSecretFiles(this ConfigurationManager configuration)
    {
        foreach (var secret in Secrets)
        {
            var fileSetting = $"{secret}File";
            if (string.IsNullOrEmpty(configuration[fileSetting]))
            {
                continue;
            }

            if (!string.IsNullOrEmpty(configuration[secret]))
            {
                throw new SettingsException($"{secret} and {fileSetting} are both set; which one counts?");
            }

            configuration[secret] = Read(fileSetting, configuration[fileSetting]!);
        }
    }

    private static string Read(string setting, string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new SettingsException($"{setting}: {exception.Message}");
        }
    }
}
