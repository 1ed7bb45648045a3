namespace MtaSts.Testing;

/// <summary>What a request to <see cref="StubCa"/> was for.</summary>
public enum StubRequestKind
{
    Directory,
    NewNonce,

    /// <summary>newAccount that may make one.</summary>
    NewAccount,

    /// <summary>newAccount with onlyReturnExisting.</summary>
    FindAccount,

    /// <summary>Reading, changing and deactivating an account.</summary>
    Account,
    KeyChange,
    Orders,
    NewOrder,
    Order,
    Authorization,

    /// <summary>Reading a challenge.</summary>
    Challenge,

    /// <summary>Saying that a challenge can be validated.</summary>
    AnswerChallenge,
    Finalize,
    Certificate,
    Revoke,
    RenewalInfo,
}
