/// Strict JSON reader: exactly RFC 8259's grammar, in UTF-8 without a byte order mark.
///
/// Also refused: a duplicate name in an object (after unescaping, compared as bytes), U+0000 in any string, unpaired surrogate escapes,
/// and everything over the limits.
public enum JSONReader {
    /// Parses all of `bytes`.
    public static func read(_ bytes: [UInt8], limits: JSONLimits = .request) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// Parses all of `bytes`; a fault's offset counts from the slice's start.
    public static func read(
        _ bytes: ArraySlice<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        try bytes.withUnsafeBufferPointer { (buffer) throws(JSONFault) in
            try read(buffer, limits: limits)
        }
    }

    /// Parses all of `bytes`. Keeps no reference to the buffer.
    public static func read(
        _ bytes: UnsafeBufferPointer<UInt8>, limits: JSONLimits = .request
    ) throws(JSONFault) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.text()
    }
}
