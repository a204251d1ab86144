import Glibc

/// The user's editor.
public enum Editor {
    /// Opens a file in `$VISUAL`, or else `$EDITOR`, and waits for its end.
    ///
    /// The variable is a command of the shell, as for git: `code --wait`.
    public static func open(_ path: String, environment: [String: String]) throws(ClientFault) {
        let names = ["VISUAL", "EDITOR"]
        guard let editor = names.compactMap({ environment[$0] }).first(where: { !$0.isEmpty }) else {
            throw ClientFault(
                "There is no editor: VISUAL and EDITOR are not set. Set one, or give the words with --text, or - for standard input."
            )
        }
        let code = run("\(editor) \"$@\"", editor, path)
        guard code == 0 else {
            throw ClientFault("The editor (\(editor)) ended with \(code), so nothing was published.")
        }
    }

    /// Runs a command of the shell with one argument. Returns its exit code, or 128 and more when a signal ended it.
    private static func run(_ command: String, _ name: String, _ argument: String) -> Int32 {
        // Ctrl-C in the editor is for the editor.
        let interrupt = signal(SIGINT, SIG_IGN)
        let quit = signal(SIGQUIT, SIG_IGN)
        defer {
            signal(SIGINT, interrupt)
            signal(SIGQUIT, quit)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGPIPE, SIGINT, SIGQUIT] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] =
            ["sh", "-c", command, name, argument].map { (word: String) in strdup(word) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        guard posix_spawn(&process, "/bin/sh", nil, &attributes, &words, environ) == 0 else { return 127 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return 127 }
        }
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }
}
