/// Bytes of an input, in memory of exactly that size, so that AddressSanitizer detects any read beyond them.
typealias Bytes = UnsafeBufferPointer<UInt8>

/// Passes an input to the decoder that its first byte selects: "0" the first, "1" the second, other bytes any of them.
///
/// One binary thus has several decoders, and seeds can be read and written by hand.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int, _ decoders: [@Sendable (Bytes) -> Void])
    -> Int32
{
    let input = Bytes(start: start, count: count)
    guard let first = input.first else { return 0 }
    let decoder = decoders[Int(first &- UInt8(ascii: "0")) % decoders.count]
    decoder(Bytes(rebasing: input.dropFirst()))
    return 0
}

/// Ends the process with a message if an invariant is violated; libFuzzer reports it with the input.
func demand(
    _ holds: @autoclosure () -> Bool, _ otherwise: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    if !holds() { fatalError(otherwise(), file: file, line: line) }
}

/// The bytes as text; invalid UTF-8 is replaced.
func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// Whether both texts have the same bytes; `==` compares by canonical equivalence.
func same(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}
