import Glibc
import HTTP

extension Connection {
    /// No more is read while so many bytes wait to be sent: a client that does not read is not read from.
    private static let outBytesMax = 65_536
    /// Reads on one connection before others have their turn.
    private static let readsMax = 8

    /// Takes requests out of what was received, until bytes, time or the turn end.
    func read(_ loop: EventLoop) {
        var requestsLeft = loop.settings.limits.pipelinedMax
        var readsLeft = Self.readsMax
        while phase == .reading {
            // What comes from now on is the successor's.
            if loop.retained != nil, isBetweenRequests, !hasFinished { return }
            if out.count - outStart >= Self.outBytesMax {
                flush(loop)
                // The edge of writability goes on from here.
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
            // The end: what was answered still goes out; a request that was cut short never ran (H34).
            isReadable = false
            hasFinished = true
            phase = .closing
            return
        }
        // A short read empties the socket; only an end seen with this edge must still be fetched behind it.
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

    /// Reads and throws away, so that the client can read our last answer before a reset takes it away (H26).
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
