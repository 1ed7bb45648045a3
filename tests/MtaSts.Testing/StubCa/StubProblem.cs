namespace MtaSts.Testing;

/// <summary>A problem document of <see cref="StubCa"/>.</summary>
/// <param name="Type">The word behind <c>urn:ietf:params:acme:error:</c>.</param>
/// <param name="Detail">For people.</param>
public sealed record StubProblem(string Type, string Detail)
{
    /// <summary>Subproblems by name.</summary>
    public IReadOnlyList<(string Name, StubProblem Problem)> Subproblems { get; init; } = [];

    public string? Instance { get; init; }

    internal Dictionary<string, object?> ToJson(int? status = null)
    {
        var json = new Dictionary<string, object?> { ["type"] = "urn:ietf:params:acme:error:" + Type, ["detail"] = Detail };
        if (status is not null)
        {
            json["status"] = status;
        }

        if (Instance is not null)
        {
            json["instance"] = Instance;
        }

        if (Subproblems.Count > 0)
        {
            json["subproblems"] = Subproblems.Select(sub =>
            {
                var inner = sub.Problem.ToJson();
                inner["identifier"] = new Dictionary<string, object?> { ["type"] = "dns", ["value"] = sub.Name };
                return inner;
            }).ToList();
        }

        return json;
    }
}
