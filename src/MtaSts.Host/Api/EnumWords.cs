using System.Text.Json;

namespace MtaSts.Host.Api;

/// <summary>The words of the API for values of ours that are called alike: `GivenUp` is `givenUp`.</summary>
internal static class EnumWords
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
