using System.Buffers.Text;

namespace MtaSts.Acme;

public sealed partial class AcmeClient
{
    /// <summary>
    /// Orders a certificate (§7.4). Look at the state of what comes: CAs give an order that is still open again, or one that is ready at once.
    /// Store its URL before the next step.
    /// </summary>
    /// <param name="account">Who asks.</param>
    /// <param name="names">Lower-case A-labels without final dot.</param>
    /// <param name="profile">One of <see cref="AcmeDirectory.Profiles"/>, or null.</param>
    /// <param name="replaces">
    /// The <see cref="CertId"/> of the certificate that this one renews (RFC 9773 §5), issued by this CA to this account; only where the
    /// directory has <see cref="AcmeDirectory.RenewalInfo"/>. Where the CA refuses for any reason but <c>rateLimited</c>, order once without it.
    /// </param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    /// <exception cref="ArgumentException">There is no name, or one is not in A-labels.</exception>
    public async Task<AcmeOrder> CreateOrderAsync(
        AcmeAccount account, IEnumerable<string> names, string? profile = null, string? replaces = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentNullException.ThrowIfNull(names);
        List<string> list = [.. names.Select(name => DnsNames.Checked(name, nameof(names)))];
        if (list.Count == 0)
        {
            throw new ArgumentException("An order has at least one name.", nameof(names));
        }

        var payload = JsonText.Object(writer =>
        {
            writer.WriteStartArray("identifiers");
            foreach (var name in list)
            {
                writer.WriteStartObject();
                writer.WriteString("type", "dns");
                writer.WriteString("value", name);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if (profile is not null)
            {
                writer.WriteString("profile", profile);
            }

            if (replaces is not null)
            {
                writer.WriteString("replaces", replaces);
            }
        });
        var operation = replaces is null ? AcmeOperations.NewOrder : AcmeOperations.NewOrderReplacing;
        var answer = await _transport.PostAsync(operation, directory => directory.NewOrder, account.Key.Signer, account.Url, _ => payload, cancellationToken);
        return ResourceReader.Order(answer, answer.RequiredLocation);
    }

    /// <summary>Reads an order (§7.4).</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="orderUrl">The order.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed; status 404 where the CA has dropped the order.</exception>
    public async Task<AcmeOrder> GetOrderAsync(AcmeAccount account, Uri orderUrl, CancellationToken cancellationToken = default) =>
        ResourceReader.Order(await ReadAsync(AcmeOperations.Order, account, orderUrl, cancellationToken), orderUrl);

    /// <summary>Lists the account's orders (§7.1.2.1), page by page. Many CAs have no list, and those that have leave out old orders.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Their URLs; none where the CA has no list.</returns>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<IReadOnlyList<Uri>> ListOrdersAsync(AcmeAccount account, int most = 1000, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most);
        var orders = new List<Uri>();
        var page = (await GetAccountAsync(account, cancellationToken)).Orders;
        for (var pages = 0; page is not null && pages < AcmeLimits.MaxPages && orders.Count < most; pages++)
        {
            var answer = await ReadAsync(AcmeOperations.Orders, account, page, cancellationToken);
            orders.AddRange(ResourceReader.OrderList(answer));
            // RFC 8555 §7.1.2.1. A page that names itself would be read for ever.
            page = answer.LinksOf("next").FirstOrDefault(next => next != answer.Url);
        }

        return [.. orders.Take(most)];
    }

    /// <summary>Reads an authorization (§7.5).</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="authorizationUrl">One of <see cref="AcmeOrder.Authorizations"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAuthorization> GetAuthorizationAsync(AcmeAccount account, Uri authorizationUrl, CancellationToken cancellationToken = default) =>
        ResourceReader.Authorization(await ReadAsync(AcmeOperations.Authorization, account, authorizationUrl, cancellationToken));

    /// <summary>Gives an authorization up, for good (§7.5.2): what to do with an open one after a failure.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="authorizationUrl">The authorization.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeAuthorization> DeactivateAuthorizationAsync(AcmeAccount account, Uri authorizationUrl, CancellationToken cancellationToken = default) =>
        ResourceReader.Authorization(await PostAsync(AcmeOperations.Authorization, account, authorizationUrl, Deactivated(), cancellationToken));

    /// <summary>Reads a challenge (§7.5.1). To follow a validation read the authorization: it tells of all challenges.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="challengeUrl">The challenge.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeChallenge> GetChallengeAsync(AcmeAccount account, Uri challengeUrl, CancellationToken cancellationToken = default) =>
        ResourceReader.Challenge(await ReadAsync(AcmeOperations.Challenge, account, challengeUrl, cancellationToken));

    /// <summary>
    /// Tells the CA that the answer to a challenge is in place (§7.5.1), on every node: the CA may look before this returns. Answer one
    /// challenge of an authorization only; a failed one is final.
    /// </summary>
    /// <param name="account">Who asks.</param>
    /// <param name="challengeUrl">The challenge's own URL.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeChallenge> AnswerChallengeAsync(AcmeAccount account, Uri challengeUrl, CancellationToken cancellationToken = default) =>
        ResourceReader.Challenge(await PostAsync(AcmeOperations.Challenge, account, challengeUrl, "{}"u8.ToArray(), cancellationToken));

    /// <summary>
    /// Hands in the CSR of an order that is <see cref="OrderStatus.Ready"/> (§7.4). Store order URL and key before: after a lost answer read
    /// the order, it may have a certificate already, and issuing again costs a limit.
    /// </summary>
    /// <param name="account">Who asks.</param>
    /// <param name="order">The order.</param>
    /// <param name="request">The CSR in DER, see <see cref="AcmeCertificateRequest"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The order, as a rule <see cref="OrderStatus.Processing"/> or already <see cref="OrderStatus.Valid"/>.</returns>
    /// <exception cref="AcmeException">It failed.</exception>
    public async Task<AcmeOrder> FinalizeAsync(AcmeAccount account, AcmeOrder order, ReadOnlyMemory<byte> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        var payload = JsonText.Object(writer => writer.WriteString("csr", Base64Url.EncodeToString(request.Span)));
        // Not Location of this answer: some CAs leave it out, and the order keeps the URL it has.
        return ResourceReader.Order(await PostAsync(AcmeOperations.Finalize, account, order.Finalize, payload, cancellationToken), order.Url);
    }
}
