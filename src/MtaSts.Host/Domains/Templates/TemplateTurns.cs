using MtaSts.Host.Api;

namespace MtaSts.Host.Domains.Templates;

/// <summary>One edit or preview of a template at a time for each tenant, and for the provider: each may look at thousands of mail servers. Safe from all threads.</summary>
internal sealed class TemplateTurns
{
    private const int Provider = 0;

    private readonly Turns<int> _turns = new(1);

    /// <returns>To be disposed of at its end; null: another one is going on.</returns>
    public IDisposable? TryEnter(int? tenantId) => _turns.TryEnter(tenantId ?? Provider);

    public static ApiProblem Busy(HttpContext context) => ApiProblem.Busy(context, "template.busy", "Another edit or preview of a template is going on.");
}
