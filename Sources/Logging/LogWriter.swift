import Glibc

/// What the logger's thread does: it alone touches the descriptor, so that it alone waits for a slow reader.
struct LogWriter {
    /// POSIX lets a pipe that `poll` calls writable take this much without blocking, and in one piece.
    private static let chunkBytes = 4_096
    /// How often a writer that waits looks whether it should give up, in milliseconds.
    private static let pollMilliseconds: Int32 = 50
    /// How long it rests when a descriptor is called writable yet takes nothing, in milliseconds.
    private static let restMilliseconds: Int32 = 5

    private let descriptor: Int32
    private let buffer: LogBuffer
    private let report: @Sendable (Int) -> [UInt8]
    /// Lines dropped that no line has told of yet.
    private var untold = 0
    /// A line broke off in its middle, so that the next must begin with a line end.
    private var isMidLine = false

    /// A writer from `buffer` to `descriptor`; `report` makes the line that says how many were dropped.
    init(descriptor: Int32, buffer: LogBuffer, report: @escaping @Sendable (Int) -> [UInt8]) {
        self.descriptor = descriptor
        self.buffer = buffer
        self.report = report
    }

    /// Writes until the buffer is closed and empty.
    mutating func run() {
        while let batch = buffer.take() {
            let untoldBefore = untold
            var lost = 0
            for line in batch.lines where !put(line) { lost += 1 }
            untold += batch.refused
            if untold > untoldBefore { tell() }
            buffer.finish(batch, lost: lost)
        }
    }

    /// Writes a line, and before it how many are missing there.
    private mutating func put(_ line: [UInt8]) -> Bool {
        let isWritten = tell() && write(line)
        if !isWritten { untold += 1 }
        return isWritten
    }

    /// Whether nothing is left untold.
    @discardableResult
    private mutating func tell() -> Bool {
        if untold > 0 && write(report(untold)) { untold = 0 }
        return untold == 0
    }

    /// Whether all of the line was written.
    private mutating func write(_ line: [UInt8]) -> Bool {
        var rest = isMidLine ? ([UInt8(ascii: "\n")] + line)[...] : line[...]
        while !rest.isEmpty {
            guard waitUntilWritable() else { return false }
            let count = rest.prefix(Self.chunkBytes).withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0 {
                let error = errno
                if error == EINTR { continue }
                guard error == EAGAIN else { return false }
                _ = poll(nil, 0, Self.restMilliseconds)
                continue
            }
            isMidLine = true
            rest = rest.dropFirst(count)
        }
        isMidLine = false
        return true
    }

    /// Waits until the descriptor takes bytes or has an error to tell; false when the buffer is given up.
    private func waitUntilWritable() -> Bool {
        while !buffer.isGivenUp {
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&request, 1, Self.pollMilliseconds) > 0 { return true }
        }
        return false
    }
}
