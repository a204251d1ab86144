/// Bytes of an input. They lie in memory of exactly that size, so that AddressSanitizer sees any read beyond them.
typealias Bytes = UnsafeBufferPointer<UInt8>

/// Hands an input to the decoder that its first byte names: "0" the first, "1" the second, and any other byte one of them.
///
/// So one binary holds several decoders, and its seeds can be read and written by hand.
func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int, _ decoders: [@Sendable (Bytes) -> Void])
    -> Int32
{
    let input = Bytes(start: start, count: count)
    guard let first = input.first else { return 0 }
    let decoder = decoders[Int(first &- UInt8(ascii: "0")) % decoders.count]
    decoder(Bytes(rebasing: input.dropFirst()))
    return 0
}

/// Ends the process with the words when something does not hold, which libFuzzer reports with the input.
func demand(
    _ holds: @autoclosure () -> Bool, _ otherwise: @autoclosure () -> String, file: StaticString = #fileID,
    line: UInt = #line
) {
    if !holds() { fatalError(otherwise(), file: file, line: line) }
}

/// Text whatever the bytes are; what is no UTF-8 is replaced.
func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
}

/// Whether both texts have the same bytes; `==` would take "é" in one letter and in two for the same.
func same(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8)
}

/// Numbers that follow from the input alone, so that an input fails each time or never (SplitMix64 over FNV-1a).
struct Dice {
    private var state: UInt64

    /// Dice that fall as those bytes say.
    init(_ bytes: Bytes) {
        state = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// A number from 0 to below `count`.
    mutating func below(_ count: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ mixed >> 31) % UInt64(count))
    }
}
