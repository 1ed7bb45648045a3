using System.Text.Json.Serialization;
using MtaSts.Acme;

namespace MtaSts.Host.Certificates.Issuing;

/// <summary>What jobs keep as JSON in their rows.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcmeProblem))]
[JsonSerializable(typeof(StoredPreflight))]
internal sealed partial class IssuingJson : JsonSerializerContext;
