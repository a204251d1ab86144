import HTTP
import Testing

/// Dates, request ids, statuses.
struct SmallPartsTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-5, "Thu, 01 Jan 1970 00:00:00 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ])
    func `a date is written as HTTP wants it`(_ seconds: Int64, _ expected: String) {
        #expect(String(decoding: HTTPDate.bytes(secondsSinceEpoch: seconds), as: UTF8.self) == expected)
    }

    @Test func `request ids differ and are harmless`() {
        var ids = RequestIDs(seed: 0xDEAD_BEEF_0123_4567)
        let made = (0..<10_000).map { _ in ids.next() }
        #expect(Set(made).count == made.count)
        #expect(made.allSatisfy { $0.utf8.count == 15 && $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x7A } })
        var others = RequestIDs(seed: 0xDEAD_BEEF_0123_4568)
        #expect(!made.contains(others.next()))
    }

    @Test func `every status with a name has a reason`() {
        let named: [Status] = [
            .ok, .created, .accepted, .noContent, .seeOther, .notModified, .badRequest, .unauthorized,
            .forbidden,
            .notFound, .methodNotAllowed, .notAcceptable, .requestTimeout, .conflict, .gone,
            .preconditionFailed,
            .contentTooLarge, .uriTooLong, .unsupportedMediaType, .expectationFailed, .misdirectedRequest,
            .unprocessableContent, .locked, .tooManyRequests, .requestHeaderFieldsTooLarge,
            .internalServerError,
            .notImplemented, .serviceUnavailable, .httpVersionNotSupported,
        ]
        #expect(named.allSatisfy { !$0.reason.isEmpty })
        #expect(Status(599).reason.isEmpty)
    }
}
