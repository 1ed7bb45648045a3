using System.Net;
using System.Text;

namespace MtaSts.Acme.Tests;

/// <summary>A client whose requests a test answers itself, for answers that no CA should give. Only the directory is answered here.</summary>
internal sealed class ScriptedCa : IDisposable
{
    private readonly HttpClient _http;
    private readonly AccountKey _key = AccountKey.Create();

    public ScriptedCa(Func<HttpRequestMessage, HttpResponseMessage> answer, TimeSpan? timeout = null, TimeProvider? time = null)
        : this((request, _) => Task.FromResult(answer(request)), timeout, time)
    {
    }

    public ScriptedCa(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer, TimeSpan? timeout = null, TimeProvider? time = null)
    {
        _http = new HttpClient(new Handler(this, answer));
        Client = new AcmeClient(_http, new Uri("https://ca.test/directory"), time ?? TimeProvider.System, timeout: timeout);
        Account = new AcmeAccount(new Uri("https://ca.test/account/1"), _key);
    }

    public AcmeClient Client { get; }

    public AcmeAccount Account { get; }

    public List<string> Requests { get; } = [];

    public string Directory { get; set; } =
        """{"newNonce":"https://ca.test/new-nonce","newAccount":"https://ca.test/new-account","newOrder":"https://ca.test/new-order","revokeCert":"https://ca.test/revoke","keyChange":"https://ca.test/key-change","renewalInfo":"https://ca.test/renewal-info"}""";

    /// <summary>Instead of <see cref="Directory"/>.</summary>
    public Func<Task<HttpResponseMessage>>? DirectoryAnswer { get; set; }

    /// <summary>A CA that gives nonces, and this to everything else.</summary>
    public static ScriptedCa Answering(Func<HttpResponseMessage> answer, TimeSpan? timeout = null) =>
        new(request => request.Method == HttpMethod.Head ? Nonce() : answer(), timeout);

    public static HttpResponseMessage Nonce()
    {
        HttpResponseMessage answer = new(HttpStatusCode.OK);
        answer.Headers.Add("Replay-Nonce", "bm9uY2U");
        return answer;
    }

    public static HttpResponseMessage Answer(HttpStatusCode status, string body, string mediaType = "application/json") =>
        Answer(status, Encoding.UTF8.GetBytes(body), mediaType);

    public static HttpResponseMessage Answer(HttpStatusCode status, byte[] body, string mediaType = "application/json")
    {
        HttpResponseMessage answer = new(status) { Content = new ByteArrayContent(body) };
        answer.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return answer;
    }

    public void Dispose()
    {
        Client.Dispose();
        _http.Dispose();
        _key.Dispose();
    }

    private sealed class Handler(ScriptedCa ca, Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            ca.Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery}");
            var response = request.RequestUri.AbsolutePath != "/directory" ? await answer(request, cancellationToken)
                : ca.DirectoryAnswer is { } given ? await given()
                : Answer(HttpStatusCode.OK, ca.Directory);
            response.RequestMessage = request;
            return response;
        }
    }
}
