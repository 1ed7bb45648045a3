namespace MtaSts.Host.Certificates.Sealing;

/// <param name="Row">Primary key of its row.</param>
/// <param name="Purpose">What it was sealed for, see <see cref="KeySealing"/>.</param>
/// <param name="Content">The sealed bytes.</param>
internal sealed record SealedCell(object Row, string Purpose, byte[] Content);
