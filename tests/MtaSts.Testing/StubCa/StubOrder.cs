namespace MtaSts.Testing;

/// <summary>An order at <see cref="StubCa"/>, as it was when asked for.</summary>
/// <param name="Url">Its URL.</param>
/// <param name="Names">Its names.</param>
/// <param name="Status">Its state.</param>
/// <param name="Profile">Its profile.</param>
/// <param name="Replaces">What it said to replace.</param>
/// <param name="CreatedAt">When it came.</param>
public sealed record StubOrder(string Url, IReadOnlyList<string> Names, string Status, string? Profile, string? Replaces, DateTimeOffset CreatedAt);
