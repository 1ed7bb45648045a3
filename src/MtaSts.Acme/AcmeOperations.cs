namespace MtaSts.Acme;

/// <summary>What operations are called in messages.</summary>
internal static class AcmeOperations
{
    public const string Directory = "directory";
    public const string NewNonce = "newNonce";
    public const string NewAccount = "newAccount";
    public const string Account = "account";
    public const string KeyChange = "keyChange";
    public const string Orders = "orders";
    public const string NewOrder = "newOrder";
    public const string NewOrderReplacing = "newOrder with replaces";
    public const string Order = "order";
    public const string Authorization = "authorization";
    public const string Challenge = "challenge";
    public const string Finalize = "finalize";
    public const string Certificate = "certificate";
    public const string RevokeCert = "revokeCert";
    public const string RenewalInfo = "renewalInfo";
}
