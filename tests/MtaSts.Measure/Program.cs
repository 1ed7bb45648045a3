return args switch
{
    ["parse"] => ParseMeasure.Run(),
    ["dns-server", .. var rest] => await DnsServerMeasure.RunAsync(rest),
    ["dns-fuzz", .. var rest] => DnsFuzzMeasure.Run(rest),
    ["fuzz", .. var rest] => FuzzMeasure.Run(rest),
    ["tls", .. var rest] => TlsMeasure.Run(rest),
    ["publish", .. var rest] => await PublishMeasure.RunAsync(rest),
    ["schedule", .. var rest] => ScheduleMeasure.Run(rest),
    ["edits", .. var rest] => await EditMeasure.RunAsync(rest),
    ["templates", .. var rest] => await TemplateMeasure.RunAsync(rest),
    ["certificate-memory", .. var rest] => await CertificateMemoryMeasure.RunAsync(rest),
    ["check", .. var rest] => await CheckMeasure.RunAsync(rest),
    ["following", .. var rest] => await FollowingMeasure.RunAsync(rest),
    ["watch", .. var rest] => await WatchMeasure.RunAsync(rest),
    ["acme", .. var rest] => await AcmeMeasure.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: dotnet run -c Release --project tests/MtaSts.Measure -- NAME
          acme [N] [W] [S]  N names (500) with Pebble as CA and W workers (8); validations sleep up to S seconds (0)
          certificate-memory [N]
                    memory of the built service with N certificates of a CA (10000), each of them used
          check [DOMAINS] [ADDRESSES]
                    checks of DOMAINS (10000) with ADDRESSES (8, at most 250) mail servers and policy hosts: domains an hour, CPU time, memory (packages bind9, nginx-light, postfix)
          parse     time of the readers over the worst 64 KiB
          fuzz [N]  N seeded inputs (1000000) through all readers, and as many ClientHellos
          dns-fuzz [N]
                    N seeded DNS messages (1000000): failures, worst time, worst memory for an octet
          dns-server [LABELS] [SECONDS]
                    our name server with LABELS (1000000): memory, questions/s over UDP and TCP beside Knot (packages dnsperf, knot)
          edits [N] N edits (500) of the built service: until answered, until fetched
          publish [N] [DOMAINS]
                    N edits (200), and all of DOMAINS (2000) at once: until the id is in DNS, at BIND and at our name server
          schedule [NAMES] [DAYS] [LIFE]
                    certificates of NAMES hosts (100000) over DAYS (120) in simulated time, at lifetimes of 90, 45 and 6.7 days or LIFE
          templates [N]
                    an edit of a template that N domains (10000) have: until answered, until the last is fetched
          tls [N]   local CA, vault of N hosts (100000), TLS contexts, ClientHellos, handshakes
          following [N]
                    one look at the MX records of each of N domains (10000) whose policies follow DNS (package bind9)
          watch [N] a store of N watched domains (100000), SQLite and PostgreSQL: taking due checks, the overview (package postgresql-15)
        """);
    return 2;
}
