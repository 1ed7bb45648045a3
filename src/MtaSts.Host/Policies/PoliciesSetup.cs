using MtaSts.Host.Nodes;

namespace MtaSts.Host.Policies;

internal static class PoliciesSetup
{
    public static IServiceCollection AddPolicies(this IServiceCollection services)
    {
        services.AddSingleton<PublishedPolicies>();
        services.AddHostedService<PolicyLoader>();
        return services;
    }

    /// <summary>The whole pipeline of the Policy endpoint. No routing: HEAD, 421 and 405 are its own.</summary>
    public static void UsePolicies(this IApplicationBuilder policyEndpoint)
    {
        var policies = policyEndpoint.ApplicationServices.GetRequiredService<PublishedPolicies>();
        var node = policyEndpoint.ApplicationServices.GetRequiredService<NodeIdentity>();
        // Its name is known once the folder is this process's own, which is after the pipeline was built.
        policyEndpoint.Run(context => PolicyEndpoint.Answer(context, policies, node.Name));
    }
}
