using System.Text;
using MailKit;

namespace MtaSts.Host.Checks.Mail;

/// <summary>What is said over SMTP, as lines; bounded in their number and length. For one connection, not for several threads at once.</summary>
internal sealed class SmtpDialogue : IProtocolLogger
{
    private const int MostLines = 40;
    private const int LongestLine = 200;

    private readonly List<string> _lines = [];
    private readonly StringBuilder _line = new();

    public IAuthenticationSecretDetector? AuthenticationSecretDetector { get; set; }

    /// <summary>Ours with `C: `, theirs with `S: ` in front; an unfinished one of theirs too.</summary>
    public IReadOnlyList<string> Lines => _line.Length > 0 ? [.. _lines, "S: " + _line] : _lines;

    /// <summary>The verb of the last line of ours; null: the server has not been spoken to.</summary>
    public string? LastCommand { get; private set; }

    /// <summary>Called before each line of ours.</summary>
    public Action Saying { get; set; } = () => { };

    public void LogConnect(Uri uri)
    {
        // Which address it was is known already.
    }

    public void LogClient(byte[] buffer, int offset, int count)
    {
        Saying();
        End("S: ");
        var text = Encoding.Latin1.GetString(buffer, offset, count).TrimEnd();
        LastCommand = text.Split(' ')[0].ToUpperInvariant();
        _line.Append(text);
        End("C: ");
    }

    public void LogServer(byte[] buffer, int offset, int count)
    {
        foreach (var letter in Encoding.Latin1.GetString(buffer, offset, count))
        {
            if (letter == '\n')
            {
                End("S: ");
            }
            else if (letter != '\r' && _line.Length < LongestLine)
            {
                _line.Append(letter);
            }
        }
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private void End(string who)
    {
        if (_line.Length > 0 && _lines.Count < MostLines)
        {
            _lines.Add(who + _line);
        }

        _line.Clear();
    }
}
