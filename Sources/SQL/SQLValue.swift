import CSQLite

/// A value to bind.
public enum SQLValue: Sendable {
    case null
    case integer(Int64)
    case text(String)
    /// Text already encoded as UTF-8.
    case utf8([UInt8])
    case blob([UInt8])

    public static func integer(_ value: Int) -> SQLValue {
        .integer(Int64(value))
    }

    public static func integer(_ value: Int?) -> SQLValue {
        value.map { .integer(Int64($0)) } ?? .null
    }

    public static func text(_ value: String?) -> SQLValue {
        value.map { .text($0) } ?? .null
    }

    public static func utf8(_ value: [UInt8]?) -> SQLValue {
        value.map { .utf8($0) } ?? .null
    }

    public static func blob(_ value: [UInt8]?) -> SQLValue {
        value.map { .blob($0) } ?? .null
    }

    /// SQLite copies the bytes. Returns SQLite's result code.
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        switch self {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .text(var text): return text.withUTF8 { Self.bindText($0, to: statement, at: index) }
        case .utf8(let bytes):
            return bytes.withUnsafeBufferPointer { Self.bindText($0, to: statement, at: index) }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            guard let count = Int32(exactly: bytes.count) else { return SQLITE_TOOBIG }
            return drumbeat_sqlite_bind_blob(statement, index, bytes, count)
        }
    }

    private static func bindText(
        _ bytes: UnsafeBufferPointer<UInt8>, to statement: OpaquePointer, at index: Int32
    ) -> Int32 {
        guard let count = Int32(exactly: bytes.count) else { return SQLITE_TOOBIG }
        return bytes.withMemoryRebound(to: CChar.self) { text in
            // Without an address SQLite would bind NULL instead of an empty text.
            guard let start = text.baseAddress else {
                return drumbeat_sqlite_bind_text(statement, index, "", 0)
            }
            return drumbeat_sqlite_bind_text(statement, index, start, count)
        }
    }
}
