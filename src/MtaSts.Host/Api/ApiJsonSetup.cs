using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace MtaSts.Host.Api;

internal static class ApiJsonSetup
{
    /// <summary>Adds a feature's contracts to what the API writes; each feature's setup calls it with its own source-generated context.</summary>
    public static IServiceCollection AddContracts(this IServiceCollection services, IJsonTypeInfoResolver contracts) =>
        services.ConfigureHttpJsonOptions(options =>
        {
            Configure(options.SerializerOptions);
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, contracts);
        });

    /// <summary>How JSON looks, in answers and on the command line.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        // People read these answers in a terminal: a quote in a sentence stays a quote. Nothing here is ever put into HTML.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        if (!options.Converters.Any(converter => converter is UtcTime))
        {
            options.Converters.Add(new UtcTime());
        }
    }

    /// <summary>RFC 3339 in UTC with milliseconds and `Z`.</summary>
    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
