import FuzzSupport

/// What libFuzzer calls with each input; 0 says that it was looked at.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(
        start, count,
        [Pages.check, LogLines.check, Metrics.check, Excerpts.check, Drafts.check, EventStreams.check])
}
