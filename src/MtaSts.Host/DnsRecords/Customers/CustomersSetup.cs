using MtaSts.Host.Api;
using MtaSts.Host.Domains;
using MtaSts.Host.Listeners;

namespace MtaSts.Host.DnsRecords.Customers;

internal static class CustomersSetup
{
    /// <summary>After <c>AddLookups</c> and <c>AddListeners</c>.</summary>
    public static IServiceCollection AddCustomerRecords(this IServiceCollection services)
    {
        services.AddCustomerRecordCommands();
        services.AddContracts(RecordsJson.Default);
        services.AddSingleton<IPublishedIds, PublishedIds>();
        services.AddHostedService<CustomerWatch>();
        return services;
    }

    /// <summary>As much of it as commands need.</summary>
    public static void AddCustomerRecordCommands(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<PublicOptions, PublicOptionsValidator>().BindConfiguration("Public");
        services.AddSingleton<CustomerLooks>();
        services.AddSingleton<DomainRecords>();
    }

    public static void MapCustomerRecords(this IEndpointRouteBuilder api) => RecordsApi.Map(api);
}
