using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace MtaSts.Host.Tests;

/// <summary>Runs a test once for each kind of store.</summary>
internal sealed class BothStoresAttribute : DataAttribute
{
    public override ValueTask<IReadOnlyCollection<Xunit.ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Enum.GetValues<StoreKind>().Select(kind => new Xunit.TheoryDataRow<StoreKind>(kind))]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
