using MtaSts.Host.Data.Tables;

namespace MtaSts.Host.Notices;

/// <summary>What goes out in one message.</summary>
/// <param name="From">Its first notice; null: none, it is a reminder.</param>
/// <param name="UpTo">Its last one.</param>
/// <param name="Events">Those that are there still, in order.</param>
internal sealed record NoticeBatch(long? From, long? UpTo, IReadOnlyList<WaitingEvent> Events);

/// <param name="Event">What happened.</param>
/// <param name="Since">When it was taken over.</param>
internal sealed record WaitingEvent(AdvisoryEvent Event, DateTimeOffset Since);
