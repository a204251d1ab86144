@preconcurrency import Dispatch
import Glibc
import Time

/// A thread of its own for work that blocks, named so that `top -H` and a debugger show whose it is.
public final class WorkerThread: Sendable {
    /// Deep enough for libpq and TLS, small enough that dozens do not matter.
    private static let stackBytes = 1 << 20
    /// Linux keeps 15 bytes of a thread's name.
    private static let nameBytesMax = 15

    private let body: Body
    /// Holds one entry while the thread runs, so that any number of others can wait for its end.
    private let running = DispatchGroup()

    /// What the new thread takes over.
    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// A thread that will run `body` once, when it is started. Names are cut to 15 bytes.
    public init(name: String, body: @escaping @Sendable () -> Void) {
        let running = running
        self.body = Body(name: name) {
            body()
            running.leave()
        }
    }

    /// Starts the thread; once only. Stops the process when the system gives no thread, as nothing here works without.
    public func start() {
        running.enter()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, Self.stackBytes)
        // Nobody joins the pthread itself: `running` says when it is done, also to several who ask.
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

    /// Waits until the body has returned; at once when it was never started. Never call it from the body.
    public func join() {
        running.wait()
    }

    /// Waits at most so long until the body has returned, and says whether it has.
    public func join(within limit: Duration) -> Bool {
        running.wait(timeout: .now() + .nanoseconds(limit.nanosecondsToWait)) == .success
    }

    private static func nameCurrentThread(_ name: String) {
        // By the file, as Glibc's module has neither `pthread_setname_np` nor the variadic `prctl`.
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        // A name is a courtesy; nothing depends on it.
        if descriptor < 0 { return }
        let bytes = Array(name.utf8.prefix(nameBytesMax))
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
    }
}
