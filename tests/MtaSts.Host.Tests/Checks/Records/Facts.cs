using System.Net;
using MtaSts.Host.Checks.Records;
using MtaSts.Host.Lookups;

namespace MtaSts.Host.Tests.Checks.Records;

/// <summary>What DNS might have said of `_mta-sts.example.test`.</summary>
internal static class Facts
{
    public const string Name = "_mta-sts.example.test";

    private const string Zone = "example.test";

    public static AuthoritativeServer Server(int number) => new($"ns{number}.test", new IPEndPoint(new IPAddress([192, 0, 2, (byte)number]), 53));

    public static Lookup<string> Seen(params string[] texts) => new(Name, texts.Length == 0 ? LookupOutcome.NoName : LookupOutcome.Answer, texts, []);

    public static ServerAnswer Says(int server, params string[] texts) =>
        new(Server(server), texts.Length == 0 ? ServerOutcome.NoName : ServerOutcome.Answer, [.. texts.Select(text => $"\"{text}\"")], texts, 60, null);

    public static ServerAnswer Fails(int server, ServerOutcome outcome) => new(Server(server), outcome, [], [], 0, null);

    public static TextFacts Of(Lookup<string> seen, params ServerAnswer[] answers) =>
        new(seen.Name, seen, [new ZoneFacts(seen.Name, new ZoneServers(Zone, LookupOutcome.Answer, [.. answers.Select(answer => answer.Server)], []), answers)], null);

    /// <summary>Resolver and one server agree.</summary>
    public static TextFacts Of(params string[] texts) => Of(Seen(texts) with { IsValidated = true }, Says(1, texts));
}
