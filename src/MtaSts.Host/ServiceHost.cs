using MtaSts.Host.Access;
using MtaSts.Host.Audit;
using MtaSts.Host.Certificates;
using MtaSts.Host.Certificates.Challenges;
using MtaSts.Host.Certificates.Overview;
using MtaSts.Host.Checks;
using MtaSts.Host.Data;
using MtaSts.Host.DnsRecords;
using MtaSts.Host.DnsRecords.Comparison;
using MtaSts.Host.DnsRecords.Customers;
using MtaSts.Host.DnsRecords.Server;
using MtaSts.Host.Domains;
using MtaSts.Host.Lint;
using MtaSts.Host.Listeners;
using MtaSts.Host.Lookups;
using MtaSts.Host.Nodes;
using MtaSts.Host.Notices;
using MtaSts.Host.Operations;
using MtaSts.Host.Policies;
using MtaSts.Host.Tenants;

namespace MtaSts.Host;

/// <summary>The service put together: the list of Add… and Map… calls, nothing else.</summary>
internal static class ServiceHost
{
    /// <summary>A builder that has read all sources of settings: settings file, environment, command line, secret files.</summary>
    /// <exception cref="SettingsException">A setting cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] settings)
    {
        // The program's folder holds appsettings.json; relative paths in settings count from the working directory all the same.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSecretFiles();
        return builder;
    }

    /// <exception cref="SettingsException">A setting cannot be read.</exception>
    public static WebApplication Build(string[] settings)
    {
        var builder = CreateBuilder(settings);
        EndpointUrls.Check(builder.Configuration);
        builder.Services.AddData().AddLookups().AddNodes().AddAccess().AddPolicies().AddTenants().AddCertificates(builder.Configuration).AddDomains().AddDnsRecords(builder.Configuration).AddDnsServer(builder.Configuration).AddCustomerRecords().AddChecks().AddCheckLoops().AddNotices().AddAudit().AddLint().AddOperations();
        // A stranger's stuck connection must not hold up a restart: while it is waited for, the port is closed to all.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));
        builder.AddListeners(TlsSetup.UsePolicyTls);

        var app = builder.Build();
        app.UseListener(Listener.Policy, policy => policy.UsePolicies());
        app.UseListener(Listener.Challenge, challenge => challenge.UseChallenges());
        app.UseListener(Listener.Admin, admin => admin.UseAdmin(api =>
        {
            api.MapTenants();
            api.MapAccess();
            api.MapDomains();
            api.MapCustomerRecords();
            api.MapZone();
            api.MapChecks();
            api.MapCertificates();
            api.MapNotices();
            api.MapAudit();
            api.MapLint();
        }));
        app.Run(ListenersSetup.NotFound);
        return app;
    }
}
