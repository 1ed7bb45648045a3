using Xunit;

namespace MtaSts.Host.Tests;

/// <summary>
/// For tests of which no other may run at the same time. The collector of `/metrics` hears the meters of all services in its process: beside others a service shows
/// their values with its own, or instead of them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
