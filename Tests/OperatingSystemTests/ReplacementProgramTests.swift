import Glibc
import Testing

@testable import OperatingSystem

/// What the program that would take over is asked, and what counts as an objection. `RestartTests` hold `become`, which replaces the
/// process.
@Suite struct ReplacementProgramTests {
    /// What it says about a shell that runs a script in its place.
    private func objection(
        _ script: String, allowing allowed: Int32 = 0, within limit: Duration = .seconds(20)
    )
        -> String?
    {
        ReplacementProgram(arguments: ["/bin/sh", "serve", "--listen", "x"], checkLimit: limit)
            .objection(asking: ["-c", script], allowing: allowed)
    }

    @Test func `one that ends with 0 is fit, whatever it writes`() {
        #expect(objection("exit 0") == nil)
        #expect(objection("echo fine; echo beware >&2") == nil)
    }

    @Test func `one that fails objects with what it wrote to standard error`() {
        #expect(objection("echo no such thing; echo 'it is broken' >&2; exit 78") == "it is broken")
        #expect(objection("exit 3") == "/bin/sh -c exit 3 exited with code 3")
    }

    @Test func `a status that is allowed is no objection, unless something was said`() {
        #expect(objection("echo pending; exit 1", allowing: 1) == nil)
        #expect(objection("echo 'too new' >&2; exit 1", allowing: 1) == "too new")
        #expect(objection("exit 2", allowing: 1)?.hasSuffix("exited with code 2") == true)
    }

    @Test func `one that is not there or may not be run objects`() {
        let missing = ReplacementProgram(arguments: ["/nowhere/drumbeat"]).objection(asking: [
            "config", "check",
        ])
        #expect(missing == "/nowhere/drumbeat cannot be run: No such file or directory")
        let folder = ReplacementProgram(arguments: ["/tmp"]).objection(asking: ["config", "check"])
        #expect(folder == "/tmp cannot be run: Permission denied")
    }

    @Test func `one that a signal ends objects`() {
        #expect(objection("kill -SEGV $$")?.contains("killed by signal 11") == true)
    }

    @Test func `one that takes too long is ended, with what it started`() throws {
        // The inner one holds standard error open: were it left alone, this would take its 60 s.
        let began = ContinuousClock.now
        let said = objection("sleep 60 & wait", within: .milliseconds(200))
        #expect(said?.contains("killed by signal 9") == true)
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func `of one that says a lot the beginning is kept, and it is not held up`() throws {
        let said = try #require(
            objection("head -c 1000000 /dev/zero | tr '\\0' x >&2; echo end; exit 1"))
        #expect(said == String(repeating: "x", count: 4_096))
    }

    @Test func `it is asked with nothing to read, and no signal held back`() {
        #expect(objection("read line && exit 1; exit 0") == nil)
        #expect(objection("grep -q 'SigBlk:.0000000000000000' /proc/self/status || exit 1") == nil)
    }
}
