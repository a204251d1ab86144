import Glibc
import HTTP
import JSON

/// The fuzzed decoders. `DRUMBEAT_FUZZ_DECODERS` names a list; its seeds are in the folder of that name in `corpus`.
///
/// The first byte of an input selects a decoder of the list, so append new ones.
private let lists: [String: [@Sendable (Bytes) -> Void]] = [
    "HTTP": [
        { Requests(ParserRules()).check($0) },
        { Requests(Requests.narrowRules).check($0) },
        ChunkedBodies.check,
        Targets.check,
        AnswerFields.check,
    ],
    "JSON": [
        { JSONTexts(.request).check($0) },
        { JSONTexts(JSONLimits(depthMax: 4, membersMax: 5, tokensMax: 24)).check($0) },
        Moments.check,
        Durations.check,
    ],
    "Text": [
        Pages.check, LogLines.check, MetricsPages.check, Excerpts.check, DraftTexts.check, EventStreams.check,
        ChatLogs.check, LintTexts.check,
    ],
    "API": [Routes.check, FieldValues.check],
    "Outbound": [
        URLs.check, Networks.check, Answers.check, Pauses.check, Secrets.check, Forwarded.check,
        Messages.check, Replies.check, Mailboxes.check,
    ],
    "Stored": [Journals.check, Rows.check, Configurations.check, Flags.check, Zones.check],
]

private let chosen: [@Sendable (Bytes) -> Void] = {
    let name = getenv("DRUMBEAT_FUZZ_DECODERS").map { String(cString: $0) } ?? ""
    guard let list = lists[name] else {
        fatalError("DRUMBEAT_FUZZ_DECODERS is “\(name)”, not one of \(lists.keys.sorted())")
    }
    return list
}()

/// Called by libFuzzer with each input; 0 means that the input may be added to the corpus.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(start, count, chosen)
}
