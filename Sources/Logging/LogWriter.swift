import Glibc

/// The body of the logger's thread. Only this thread writes to the descriptor, so only it waits for a slow reader.
struct LogWriter {
    /// POSIX guarantees that a pipe reported writable by `poll` accepts this many bytes without blocking, in one piece.
    private static let chunkBytes = 4_096
    /// Interval at which a waiting writer checks `isGivenUp`, in milliseconds.
    private static let pollMilliseconds: Int32 = 50
    /// Pause when a descriptor is reported writable but accepts nothing, in milliseconds.
    private static let restMilliseconds: Int32 = 5

    private let descriptor: Int32
    private let buffer: LogBuffer
    private let report: @Sendable (Int) -> [UInt8]
    /// Dropped lines not yet reported in the log.
    private var untold = 0
    /// Whether the last line was cut off, so that the next one must begin with a line end.
    private var isMidLine = false

    /// `report` formats the line that reports the number of dropped lines.
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

    /// Writes a line, preceded by a report of dropped lines if there are any; `false` if it was not written.
    private mutating func put(_ line: [UInt8]) -> Bool {
        let isWritten = tell() && write(line)
        if !isWritten { untold += 1 }
        return isWritten
    }

    /// Reports dropped lines, if any; `false` if the report could not be written.
    @discardableResult
    private mutating func tell() -> Bool {
        if untold > 0 && write(report(untold)) { untold = 0 }
        return untold == 0
    }

    /// `false` if not all of the line was written.
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

    /// Waits until the descriptor accepts bytes or has an error; `false` after the time limit of `close`.
    private func waitUntilWritable() -> Bool {
        while !buffer.isGivenUp {
            var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            if poll(&request, 1, Self.pollMilliseconds) > 0 { return true }
        }
        return false
    }
}
