import FuzzSupport

/// What libFuzzer calls with each input; 0 says that it was looked at.
@_cdecl("LLVMFuzzerTestOneInput")
public func test(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    fuzz(
        start, count,
        [
            URLs.check, Networks.check, Answers.check, Pauses.check, Secrets.check, Forwarded.check,
        ])
}
