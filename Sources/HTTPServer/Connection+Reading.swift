import Glibc
import HTTP

extension Connection {
    /// Backpressure: reading stops while this many bytes are unsent, so that a client that does not read is not served further.
    private static let outBytesMax = 65_536
    /// Upper bound of reads on one connection per round.
    private static let readsMax = 8

    /// Parses and serves requests until the bytes, the reads or the requests of the round are used up.
    func read(_ loop: EventLoop) {
        var requestsLeft = loop.settings.limits.pipelinedMax
        var readsLeft = Self.readsMax
        while phase == .reading {
            // During an in-place restart later requests belong to the next program.
            if loop.retained != nil, isBetweenRequests, !hasFinished { return }
            if out.count - outStart >= Self.outBytesMax {
                flush(loop)
                // The next writability edge resumes reading.
                if isSending { return }
            }
            guard requestsLeft > 0, readsLeft > 0 else {
                if !unread.isEmpty || isReadable { loop.runAgain(key) }
                return
            }
            if !unread.isEmpty {
                takeUnread(&requestsLeft, loop)
            } else if isReadable {
                readsLeft -= 1
                receive(&requestsLeft, loop)
            } else {
                return
            }
        }
    }

    private func takeUnread(_ requestsLeft: inout Int, _ loop: EventLoop) {
        var bytes: [UInt8] = []
        swap(&bytes, &unread)
        var used = unreadStart
        unreadStart = 0
        take(bytes.span, &used, &requestsLeft, loop)
        guard used < bytes.count, phase == .reading || phase == .responding else { return }
        unread = bytes
        unreadStart = used
    }

    private func receive(_ requestsLeft: inout Int, _ loop: EventLoop) {
        let count = recv(descriptor, loop.readBuffer.baseAddress, loop.readBuffer.count, 0)
        if count < 0 {
            switch errno {
            case EINTR: break
            case EAGAIN: isReadable = false
            default: close(loop)
            }
            return
        }
        guard count > 0 else {
            // End of input: pending responses are still sent; a truncated request never runs (H34).
            isReadable = false
            hasFinished = true
            phase = .closing
            return
        }
        // A short read means the socket is empty. After a half-close the end itself must still be read.
        if count < loop.readBuffer.count, !hasFinished { isReadable = false }
        let bytes = UnsafeRawBufferPointer(rebasing: loop.readBuffer[..<count]).assumingMemoryBound(
            to: UInt8.self)
        var used = 0
        take(bytes.span, &used, &requestsLeft, loop)
        guard used < count, phase == .reading || phase == .responding else { return }
        unread = Array(bytes[used...])
        unreadStart = 0
    }

    private func take(_ bytes: Span<UInt8>, _ used: inout Int, _ requestsLeft: inout Int, _ loop: EventLoop) {
        while phase == .reading, requestsLeft > 0, out.count - outStart < Self.outBytesMax {
            switch parser?.advance(bytes, &used) {
            case nil, .needMore: return
            case .head(let head): judge(head, hasMore: used < bytes.count, loop)
            case .complete(let body):
                requestsLeft -= 1
                respond(body, loop)
            case .fault(let fault): refuse(fault, loop)
            }
        }
    }

    /// Lingering close: reads and discards input, so that a reset cannot destroy the last response before the client reads it (H26).
    func linger(_ loop: EventLoop) {
        while isReadable {
            let count = recv(descriptor, loop.readBuffer.baseAddress, loop.readBuffer.count, 0)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                isReadable = false
                return
            }
            lingeringBytes += max(0, count)
            if count <= 0 || lingeringBytes >= loop.settings.limits.lingeringBytesMax {
                close(loop)
                return
            }
        }
    }
}
