using MtaSts.Host.Api;
using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Access;

/// <summary>The roles' words, and the refusals when a role or a kind of key is not enough.</summary>
internal static class ApiRoles
{
    public const string Words = "viewer, editor or admin";

    public static string Word(ApiRole role) => role switch
    {
        ApiRole.Viewer => "viewer",
        ApiRole.Editor => "editor",
        _ => "admin",
    };

    public static ApiRole? Parse(string? word) => word switch
    {
        "viewer" => ApiRole.Viewer,
        "editor" => ApiRole.Editor,
        "admin" => ApiRole.Admin,
        _ => null,
    };

    /// <summary>Null when the caller may.</summary>
    public static ApiProblem? Refuse(this Caller caller, ApiRole needed) => caller.Role >= needed
        ? null
        : ApiProblem.Forbidden("role.too_low", $"This needs the role {Word(needed)}; the key has {Word(caller.Role)}.");

    /// <summary>Null when the caller is the provider and has the role.</summary>
    public static ApiProblem? RefuseUnlessProvider(this Caller caller, ApiRole needed) => caller.IsProvider
        ? caller.Refuse(needed)
        : ApiProblem.Forbidden("role.provider_only", "This is for keys of the provider.");
}
