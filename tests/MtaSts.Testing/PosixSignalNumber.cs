namespace MtaSts.Testing;

/// <summary>signal(7): the numbers on the architectures that .NET runs on under Linux.</summary>
public enum PosixSignalNumber
{
    None = 0,
    Hangup = 1,
    Interrupt = 2,
    Quit = 3,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
