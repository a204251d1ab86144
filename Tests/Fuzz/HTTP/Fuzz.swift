import FuzzSupport
import HTTP

/// What libFuzzer calls with each input; 0 says that it was looked at.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(
        start, count,
        [
            { Requests(WireRules()).check($0) },
            { Requests(Requests.narrowRules).check($0) },
            ChunkedBodies.check,
            Targets.check,
            AnswerFields.check,
        ])
}
