using System.Text;

namespace MtaSts.Testing;

/// <summary>The latest part of what a program printed; a program that prints without end does not fill the memory.</summary>
internal sealed class BoundedText
{
    private const int Bound = 1_000_000;
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();

    public void Add(ReadOnlySpan<char> text)
    {
        lock (_lock)
        {
            _text.Append(text);
            if (_text.Length > 2 * Bound)
            {
                _text.Remove(0, _text.Length - Bound);
            }
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return _text.ToString();
        }
    }
}
