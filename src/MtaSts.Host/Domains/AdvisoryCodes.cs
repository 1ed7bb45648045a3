using MtaSts.Host.Api;

namespace MtaSts.Host.Domains;

/// <summary>The codes that an advisory can have. They stand a level up, with the checks.</summary>
internal sealed record AdvisoryCodes(IReadOnlySet<string> All)
{
    public static FieldError Unknown(string field, string code) => new("advisory.unknown", field, $"There is no advisory \"{code}\"; CHECKS.md lists them.");
}
