using MtaSts.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgresServer))]
