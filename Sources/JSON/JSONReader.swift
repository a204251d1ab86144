/// Reads JSON strictly: RFC 8259's grammar and nothing else, in UTF-8 without a byte order mark.
///
/// Refused besides what the grammar refuses: a name that appears twice in an object (after unescaping, compared as
/// bytes), U+0000 in any string, surrogate escapes without their partner, and whatever crosses the limits.
public enum JSONReader {
    /// The value that the whole of `bytes` stands for.
    public static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// The value that the whole of `bytes` stands for; a fault's offset counts from the slice's start.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// The value that the whole of `bytes` stands for. Nothing of the buffer is kept.
    public static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.text()
    }
}
