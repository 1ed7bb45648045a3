using System.Security.Cryptography;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Domains.Ownership;

/// <summary>Asks the authoritative servers of a domain for its proof. Never throws for what DNS says; safe from all threads.</summary>
internal sealed class ProofLook(AuthoritativeServers servers, AuthoritativeLook look)
{
    public async Task<ProofSight> LookAsync(ProofNames names, CancellationToken cancellationToken)
    {
        // Nobody can have set this one by its name: whatever answers there is a wildcard. It lies in the domain's zone, or in none.
        var beside = $"{RandomNumberGenerator.GetHexString(20, lowercase: true)}.{names.Domain}";
        var canDelegate = names.AliasTarget is not null;
        var zoneBeside = servers.FindAsync(names.Domain, cancellationToken);
        var alias = canDelegate ? AskAsync(servers.FindAsync(names.AliasName, cancellationToken), names.AliasName, "CNAME", cancellationToken) : null;
        var aliasBeside = canDelegate ? AskAsync(zoneBeside, beside, "CNAME", cancellationToken) : null;
        var text = AskAsync(servers.FindAsync(names.TextName, cancellationToken), names.TextName, "TXT", cancellationToken);
        var textBeside = AskAsync(zoneBeside, beside, "TXT", cancellationToken);
        await Task.WhenAll(new[] { alias, aliasBeside, text, textBeside }.OfType<Task>());
        return new ProofSight(alias is null ? null : await alias, aliasBeside is null ? null : await aliasBeside, await text, await textBeside);
    }

    private async Task<AskedServers> AskAsync(Task<ZoneServers> zone, string name, string type, CancellationToken cancellationToken)
    {
        var found = await zone;
        return new AskedServers(found, await look.AskAllAsync(found, name, type, cancellationToken));
    }
}
