using MtaSts.Host.Api;

namespace MtaSts.Host.Domains;

/// <summary>As many edits at once may have mail servers looked at; each look has up to sixteen connections.</summary>
internal sealed class GuardPlaces() : Places(most: 32, each: 4);
