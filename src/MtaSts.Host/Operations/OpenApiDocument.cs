using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;
using MtaSts.Host.Api;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace MtaSts.Host.Operations;

/// <summary>The OpenAPI document at /openapi/v1.json and the page to try it at /openapi.</summary>
internal static class OpenApiDocument
{
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "MtaSts.Host",
                Version = "v1",
                Description = "Hosts MTA-STS policies (RFC 8461). Errors are problem details (RFC 9457) with `code` and, for input, all `errors` at once.",
            });
            options.AddSecurityDefinition("key", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, `mtasts_…`.",
            });
            options.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] });
            options.SupportNonNullableReferenceTypes();
            options.NonNullableReferenceTypesAsRequired();
            // Without it a member that is null or an object could not be said to be nullable.
            options.UseAllOfToExtendReferenceSchemas();
            options.CustomOperationIds(OperationId);
            options.SchemaFilter<Words>();
            options.OperationFilter<HandWrittenParts>();
        });
        return services;
    }

    public static void UseOpenApiPage(this IApplicationBuilder admin)
    {
        admin.UseSwagger(options => options.RouteTemplate = "openapi/{documentName}.json");
        admin.UseSwaggerUI(options =>
        {
            options.RoutePrefix = "openapi";
            options.SwaggerEndpoint("/openapi/v1.json", "MtaSts.Host v1");
            options.DocumentTitle = "MtaSts.Host API";
        });
    }

    // Such as TenantKeysCreate: generated clients call their methods so.
    private static string OperationId(ApiDescription route)
    {
        var metadata = route.ActionDescriptor.EndpointMetadata;
        var tag = metadata.OfType<ITagsMetadata>().Last().Tags[0];
        var handler = metadata.OfType<MethodInfo>().Last().Name;
        return string.Concat(tag.Split(' ').Select(word => char.ToUpperInvariant(word[0]) + word[1..])) + handler.Replace("Async", "", StringComparison.Ordinal);
    }

    private sealed class Words : ISchemaFilter
    {
        public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
        {
            if (schema is OpenApiSchema member && context.MemberInfo?.GetCustomAttribute<OneOfAttribute>() is { } oneOf)
            {
                member.Enum = [.. oneOf.Words.Select(word => (JsonNode)word)];
            }
        }
    }

    /// <summary>Adds what handlers read by hand: bodies, query parameters, and the problem document.</summary>
    private sealed class HandWrittenParts : IOperationFilter
    {
        public void Apply(OpenApiOperation operation, OperationFilterContext context)
        {
            var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<DocumentedBody>().LastOrDefault() is { } body)
            {
                IOpenApiSchema schema = body.Type == typeof(byte[])
                    ? new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" }
                    : context.SchemaGenerator.GenerateSchema(body.Type, context.SchemaRepository);
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = body.Required,
                    Content = body.MediaTypes.ToDictionary(type => type, _ => new OpenApiMediaType { Schema = schema }),
                };
            }

            operation.Parameters ??= [];
            // Those in the path that a handler takes out of the route by itself.
            var named = operation.Parameters.Select(parameter => parameter.Name).ToList();
            foreach (var placeholder in RoutePatternFactory.Parse(context.ApiDescription.RelativePath ?? "").Parameters.Where(one => !named.Contains(one.Name)))
            {
                operation.Parameters.Insert(0, new OpenApiParameter
                {
                    Name = placeholder.Name,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }

            foreach (var parameter in metadata.OfType<DocumentedParameter>())
            {
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = parameter.Name,
                    In = parameter.InHeader ? ParameterLocation.Header : ParameterLocation.Query,
                    Description = parameter.Description,
                    Schema = new OpenApiSchema { Type = parameter.Number ? JsonSchemaType.Integer : JsonSchemaType.String },
                });
            }

            if (context.ApiDescription.RelativePath?.StartsWith("api/", StringComparison.Ordinal) != true)
            {
                // Health needs no key.
                operation.Security = [];
                return;
            }

            operation.Responses ??= [];
            if (metadata.OfType<DocumentedETag>().Any())
            {
                foreach (var response in operation.Responses.Values.OfType<OpenApiResponse>().Where(response => response.Content?.Count > 0))
                {
                    response.Headers = new Dictionary<string, IOpenApiHeader>
                    {
                        ["ETag"] = new OpenApiHeader { Description = "The quoted revision of the last edit; for If-Match.", Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                    };
                }
            }

            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "Problem details",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/problem+json"] = new() { Schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemDocument), context.SchemaRepository) },
                },
            };
        }
    }
}
