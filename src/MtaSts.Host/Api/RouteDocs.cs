namespace MtaSts.Host.Api;

/// <summary>What the OpenAPI document shall say of a route whose handler reads and writes by hand.</summary>
internal static class RouteDocs
{
    /// <summary>The body as the document shows it.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder route, params string[] mediaTypes)
        where T : notnull
    {
        var types = mediaTypes.Length == 0 ? [JsonBody.Json] : mediaTypes;
        // Only for the document: the media type itself is judged by JsonBody, after visibility and role.
        return route.WithMetadata(new DocumentedBody(typeof(T), types));
    }

    public static RouteHandlerBuilder Answers<T>(this RouteHandlerBuilder route, int status = StatusCodes.Status200OK) =>
        route.Produces<T>(status, JsonBody.Json);

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder route, int status) => route.Produces(status);

    /// <summary>A body that may be left out.</summary>
    public static RouteHandlerBuilder MayTake<T>(this RouteHandlerBuilder route)
        where T : notnull => route.WithMetadata(new DocumentedBody(typeof(T), [JsonBody.Json], Required: false));

    public static RouteHandlerBuilder WithPaging(this RouteHandlerBuilder route) => route.WithMetadata(
        new DocumentedParameter("limit", "Items per page, 1–500; 100 when left out.", Number: true),
        new DocumentedParameter("after", "`next` of the page before."));

    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder route, params (string Name, string Description)[] parameters) =>
        route.WithMetadata([.. parameters.Select(parameter => new DocumentedParameter(parameter.Name, parameter.Description))]);

    /// <summary>The edit honours `If-Match`.</summary>
    public static RouteHandlerBuilder WithIfMatch(this RouteHandlerBuilder route) => route.WithMetadata(
        new DocumentedParameter("If-Match", "Entity tags (RFC 9110 §13.1.1), such as the ETag of the last answer: the edit is done only while the domain still has one of them, else 412.", InHeader: true));

    /// <summary>The answer carries an `ETag`.</summary>
    public static RouteHandlerBuilder WithETag(this RouteHandlerBuilder route) => route.WithMetadata(new DocumentedETag());
}

internal sealed record DocumentedBody(Type Type, IReadOnlyList<string> MediaTypes, bool Required = true);

internal sealed record DocumentedParameter(string Name, string Description, bool Number = false, bool InHeader = false);

internal sealed record DocumentedETag;

/// <summary>The words that a member can have; for the document alone, the rules judge for themselves.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OneOfAttribute(params string[] words) : Attribute
{
    public IReadOnlyList<string> Words => words;
}
