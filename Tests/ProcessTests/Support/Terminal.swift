import TestSupport

extension Python {
    /// Begins a script that runs a program on a terminal: `start`, wait `until` it shows a pattern, `finish`. All that it showed is in `seen`.
    static let terminal = """
        import os, pty, re, select, signal, sys, termios, time
        seen = b""
        def start(*words):
            global pid, terminal
            pid, terminal = pty.fork()
            if pid == 0: os.execv(words[0], words)
        def until(pattern):
            global seen
            end = time.monotonic() + 15
            while not re.search(pattern, seen):
                if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]: sys.exit(f"no {pattern}: {seen}")
                seen += os.read(terminal, 65536)
        def finish():
            global seen
            try:
                while True: seen += os.read(terminal, 65536)
            except OSError: pass
            return os.waitpid(pid, 0)[1]

        """
}
