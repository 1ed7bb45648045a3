using System.Collections.Concurrent;
using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.Templates;

/// <summary>One edit or preview of a template at a time for each tenant, and for the provider: each may look at thousands of mail servers. Safe from all threads.</summary>
internal sealed class TemplateTurns
{
    private const int Provider = 0;

    private readonly ConcurrentDictionary<int, bool> _entered = new();

    /// <returns>To be disposed of at its end; null: another one is going on.</returns>
    public IDisposable? TryEnter(int? tenantId) => _entered.TryAdd(tenantId ?? Provider, true) ? new Turn(this, tenantId ?? Provider) : null;

    public static ApiProblem Busy(HttpContext context) => ApiProblem.Busy(context, "template.busy", "Another edit or preview of a template is going on.");

    private sealed class Turn(TemplateTurns turns, int key) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                turns._entered.TryRemove(key, out _);
            }
        }
    }
}
