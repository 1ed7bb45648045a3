namespace MtaSts.Host.Certificates.Import;

/// <param name="File">Relative to where the import looks.</param>
/// <param name="Message">For people; holds nothing of what the file holds.</param>
internal sealed record ImportFault(string File, string Message);
