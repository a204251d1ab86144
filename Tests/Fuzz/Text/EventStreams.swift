import HTTP

/// Server-sent events: for any names and data, a client dispatches exactly the intended events.
///
/// An input is steps separated by NULs: "b" a keep-alive, "p" a position, "r" a retry, "i" an event with an id, anything else an event
/// without one. An event is a name, a tab and data.
enum EventStreams {
    private struct Event: Equatable {
        var name: [UInt8]
        var data: [UInt8]
        var lastID: [UInt8]
    }

    private static let idUnit = 1_000_003

    @Sendable static func check(_ input: Bytes) {
        var stream: [UInt8] = []
        var meant: [Event] = []
        var (lastID, retry) = ([UInt8](), [UInt8]())
        for (index, step) in input.split(separator: 0x00, omittingEmptySubsequences: false).enumerated() {
            let number = index * idUnit
            let digits = Array("\(number)".utf8)
            switch step.first {
            case UInt8(ascii: "b"): stream += EventText.keepAlive
            case UInt8(ascii: "p"):
                EventText.appendPlace(number, to: &stream)
                lastID = digits
            case UInt8(ascii: "r"):
                EventText.append(retryMilliseconds: number, to: &stream)
                retry = digits
            default:
                let hasID = step.first == UInt8(ascii: "i")
                let parts = step.dropFirst().split(
                    separator: 0x09, maxSplits: 1, omittingEmptySubsequences: false)
                let name = text(parts.first ?? step.prefix(0))
                let data = Array(parts.dropFirst().first ?? step.prefix(0))
                EventText.append(name, id: hasID ? number : nil, data: data, to: &stream)
                if hasID { lastID = digits }
                meant.append(
                    Event(name: shown(name), data: withLineFeedsAlone(data), lastID: lastID))
            }
        }
        let reading = read(stream)
        demand(reading.events == meant, "dispatched as \(reading.events), not as \(meant)")
        demand(reading.lastID == lastID, "the client remembers \(text(reading.lastID)), not \(text(lastID))")
        demand(reading.retry == retry, "the client waits \(text(reading.retry)) ms, not \(text(retry))")
    }

    private static func shown(_ name: String) -> [UInt8] {
        let bytes = name.utf8.filter { !(0x00...0x1F).contains($0) && $0 != 0x7F }
        return bytes.isEmpty ? Array("message".utf8) : bytes
    }

    private static func withLineFeedsAlone(_ data: [UInt8]) -> [UInt8] {
        lines(data).joined(separator: [0x0A]).map { $0 }
    }

    /// By the steps of the standard: an empty line dispatches, unless there was no data.
    private static func read(_ stream: [UInt8]) -> (events: [Event], lastID: [UInt8], retry: [UInt8]) {
        var events: [Event] = []
        var (type, data, lastID, retry) = ([UInt8](), [UInt8](), [UInt8](), [UInt8]())
        // What follows the last line end is not a line yet.
        for line in lines(stream).dropLast() {
            if line.isEmpty {
                if !data.isEmpty {
                    let name = type.isEmpty ? Array("message".utf8) : type
                    events.append(Event(name: name, data: data.dropLast(), lastID: lastID))
                }
                (type, data) = ([], [])
                continue
            }
            let field = line.prefix { $0 != UInt8(ascii: ":") }
            var value = line.dropFirst(field.count + 1)
            if value.first == 0x20 { value = value.dropFirst() }
            switch text(field) {
            case "event": type = Array(value)
            case "data": data += Array(value) + [0x0A]
            case "id": if !value.contains(0x00) { lastID = Array(value) }
            case "retry": if value.allSatisfy({ (0x30...0x39).contains($0) }) { retry = Array(value) }
            case "": break
            default: demand(false, "a field that was not meant: \(text(line))")
            }
        }
        return (events, lastID, retry)
    }

    /// CRLF, CR and LF each end a line.
    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0D: lines.append([])
            case 0x0A: if index == 0 || bytes[index - 1] != 0x0D { lines.append([]) }
            default: lines[lines.count - 1].append(byte)
            }
        }
        return lines
    }
}
