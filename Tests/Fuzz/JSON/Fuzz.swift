import FuzzSupport
import JSON
import Time

/// What libFuzzer calls with each input; 0 says that it was looked at.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(
        start, count,
        [
            { Texts(.request).check($0) },
            { Texts(JSONLimits(depthMax: 4, membersMax: 5, tokensMax: 24)).check($0) },
            Moments.check,
            Durations.check,
        ])
}
