import TestSupport
import Testing

/// A supervisor that holds a listening socket and starts the service with it as descriptor 3 (socket activation).
struct SocketHolder {
    /// Reads commands, one per line: "start" starts the service, "stop" sends SIGTERM and waits, "restart" does both. Prints the result.
    static let script = """
        import ctypes, os, signal, socket, sys
        kind, path = sys.argv[1], sys.argv[2]
        if kind == "unix":
            held = socket.socket(socket.AF_UNIX); held.bind("held"); held.listen()
        elif kind == "datagram":
            held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); held.bind(("127.0.0.1", 0))
        elif kind == "file":
            held = open("held", "w")
        else:
            held = socket.socket(); held.bind(("127.0.0.1", 0))
            if kind != "bound": held.listen(4096)
        names = {"two": ["a", "b"], "named": ["other", "http"]}.get(kind, ["drumbeat.socket"])
        def start():
            child = os.fork()
            if child == 0:
                # PR_SET_PDEATHSIG: the service ends with its supervisor, which a failing test kills.
                ctypes.CDLL(None).prctl(1, signal.SIGKILL)
                copies = [os.dup(held.fileno()) for _ in names]
                spare = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for index, copy in enumerate(copies):
                    os.dup2(spare.fileno() if kind == "named" and index == 0 else copy, 3 + index)
                    os.set_inheritable(3 + index, True)
                os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(names)), LISTEN_FDNAMES=":".join(names))
                os.execv(path, [path, "serve"])
            return child
        child = None
        for line in sys.stdin:
            if child and line.strip() in ("stop", "restart"):
                os.kill(child, signal.SIGTERM)
            if child and line.strip() in ("stop", "restart", "wait"):
                print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
                child = None
            if line.strip() in ("start", "restart"):
                child = start()
                print("pid", child, flush=True)
        if child: os.kill(child, signal.SIGKILL); os.waitpid(child, 0)
        """

    let child: Child

    /// Holds a socket of a kind: "listening" is that of a systemd socket unit.
    init(_ kind: String, for service: Drumbeat) throws {
        child = try Child(
            ["python3", "-c", Self.script, kind, Binary.path], in: service.folder.path, service.settings)
    }

    /// Number of log lines with that event.
    func count(_ event: String) -> Int {
        child.errors.lines.count { $0.contains(#""event":"\#(event)""#) }
    }
}
