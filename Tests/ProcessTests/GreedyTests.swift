import Glibc
import JSON
import TestSupport
import Testing

extension Binary {
    /// One greedy token, or a client without one, beside an admin who declares and a nag that comes due (docs/decisions/0010, docs/limits.md).
    @Suite(.serialized) struct GreedyTests {
        private static let connections = 1_000

        private static let cases =
            Seed.isShort
            ? ["streams", "readers"] : ["streams", "polls", "readers", "bodies", "refusals", "labels"]

        @Test(arguments: cases)
        func `no one token stands in the way of a declare and a nag`(name: String) throws {
            let service = try Drumbeat([
                "DRUMBEAT_FIRST_UPDATE": "1s", "DRUMBEAT_CONNECTIONS_MAX": "\(Self.connections)",
            ])
            try service.start()
            let child = try #require(service.child)
            let script = repository + "/Tests/ProcessTests/Support/greedy.py"
            let greedy = try Child.run(
                [
                    "python3", "-B", script, name, service.address, try #require(service.caller().token),
                    "\(child.pid)", "\(Self.connections + 200)",
                ], in: "/tmp")
            try #require(greedy.ending == .exited(0), "\(greedy.errors)")
            let seen = try JSONReader.read(Array(greedy.output.utf8))
            #expect(seen["declared"]?.items?.map(\.number) == [201, 201, 201, 201])
            #expect(seen["healthy"]?.items?.map(\.number) == [200, 200, 200, 200])
            #expect(seen["nags"]?.number == 4)
            func figure(_ name: String) throws -> Double {
                let match = try #require(
                    try Regex("\"\(name)\": ([-\\d.e]+)", as: (Substring, Substring).self)
                        .firstMatch(in: greedy.output))
                return try #require(Double(String(match.1)))
            }
            // The first stands in the kernel's line behind all that the greedy client has just dialled.
            let times = seen["times"]?.items?.compactMap(\.number) ?? []
            #expect(times.first ?? .max < 5_000 && times.dropFirst().allSatisfy { $0 < 1_000 }, "\(times)")
            #expect(try figure("nag_latest") < 2)
            #expect(try figure("memory") < 600)
            #expect(child.ending == nil)
        }
    }
}
