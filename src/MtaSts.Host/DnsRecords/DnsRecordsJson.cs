using System.Text.Json.Serialization;

namespace MtaSts.Host.DnsRecords;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<ServerObservation>))]
internal sealed partial class DnsRecordsJson : JsonSerializerContext;
