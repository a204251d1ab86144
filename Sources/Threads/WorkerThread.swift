@preconcurrency import Dispatch
import Glibc
import Time

/// A dedicated thread for blocking work, named so that `top -H` and debuggers show its purpose.
public final class WorkerThread: Sendable {
    /// Enough for SQLite and TLS, and small enough for dozens of threads.
    private static let stackBytes = 1 << 20
    /// Linux keeps 15 bytes of a thread's name.
    private static let nameBytesMax = 15

    private let body: Body
    /// Entered while the thread runs, so that any number of threads can wait for its end.
    private let running = DispatchGroup()

    /// Passed to the new thread.
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// A thread that runs `body` once after `start`. Names are cut to 15 bytes.
    public init(name: String, body: @escaping @Sendable () -> Void) {
        let running = running
        self.body = Body(name: name) {
            body()
            running.leave()
        }
    }

    /// Starts the thread. Call once. Terminates the process if the system refuses a thread, because nothing works without it.
    public func start() {
        running.enter()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        // Detached: `running` reports its end, to several waiting threads if needed, which `pthread_join` cannot.
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let handedOver = Unmanaged.passRetained(body)
        let failure = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                WorkerThread.nameCurrentThread(body.name)
                body.run()
                return nil
            }, handedOver.toOpaque())
        precondition(failure == 0, "the system gives no thread: error \(failure)")
    }

    /// Waits until the body has returned; returns at once if the thread was never started. Must not be called from the body.
    public func join() {
        running.wait()
    }

    /// Waits at most `limit` until the body has returned; `false` on timeout.
    public func join(within limit: Duration) -> Bool {
        running.wait(timeout: .now() + .nanoseconds(limit.nanosecondsToWait)) == .success
    }

    private static func nameCurrentThread(_ name: String) {
        // Through `/proc`, because Glibc's module has neither `pthread_setname_np` nor the variadic `prctl`.
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        // A missing name does no harm.
        if descriptor < 0 { return }
        let bytes = Array(name.utf8.prefix(nameBytesMax))
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
