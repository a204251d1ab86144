import Glibc

/// Lines on standard output, above one line that is redrawn: a countdown, on a terminal only.
public final class LiveLine {
    private let screen: Screen
    private let write: (String) -> Bool
    private var drawn = ""

    /// `write` writes to standard output. `false` when it is closed.
    public init(_ screen: Screen, write: @escaping (String) -> Bool) {
        self.screen = screen
        self.write = write
    }

    /// Whether the line is drawn.
    var isLive: Bool { screen.isTerminal }

    /// Whether anyone may still read standard output: a pipe tells when its reader went away.
    var hasReader: Bool {
        var output = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&output, 1, 0) <= 0 || output.revents & Int16(POLLERR | POLLNVAL) == 0
    }

    /// `false` when no one reads any more.
    func print(_ text: String) -> Bool {
        erase()
        return write(text + "\n")
    }

    func draw(_ text: String) {
        guard isLive, text != drawn else { return }
        // The last column would move the cursor to the next line.
        _ = write("\r\u{1B}[K" + text.cut(toColumns: (Screen.terminalWidth ?? screen.width) - 1))
        drawn = text
    }

    func erase() {
        guard isLive, !drawn.isEmpty else { return }
        _ = write("\r\u{1B}[K")
        drawn = ""
    }

    /// Erases the line when a signal ends the process, which then dies of that signal, as a shell expects.
    public func eraseOnSignals() {
        guard isLive else { return }
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // Only calls that are safe in a signal handler (signal-safety(7)).
            signal(number) { number in
                let erasing: StaticString = "\r\u{1B}[K"
                _ = Glibc.write(1, erasing.utf8Start, erasing.utf8CodeUnitCount)
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }
}
