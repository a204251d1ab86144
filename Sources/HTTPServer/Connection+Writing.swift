import Glibc

extension Connection {
    /// Sends what the socket accepts. A fully sent buffer is returned to the loop.
    func flush(_ loop: EventLoop) {
        while outStart < out.count {
            let sent = out.withUnsafeBytes { bytes in
                send(
                    descriptor, bytes.baseAddress.map { $0 + outStart }, bytes.count - outStart,
                    Int32(MSG_NOSIGNAL))
            }
            if sent >= 0 {
                outStart += sent
                writeDeadline = loop.now + loop.timeouts.writeIdle
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                if writeDeadline == nil { writeDeadline = loop.now + loop.timeouts.writeIdle }
            default: close(loop)
            }
            return
        }
        writeDeadline = nil
        outStart = 0
        outWeight.release(to: loop.responses)
        if subscription != nil {
            // May be shared with other subscribers, so it cannot be reused.
            out = []
        } else if out.capacity > 0 {
            out.removeAll(keepingCapacity: true)
            loop.takeBack(&out)
        }
    }

    /// Starts the lingering close after the last response: shuts down sending, and reads for a limited time (H26).
    func endSending(_ loop: EventLoop) {
        guard !hasFinished || isReadable else {
            close(loop)
            return
        }
        shutdown(descriptor, Int32(SHUT_WR))
        phase = .lingering
        unread = []
        unreadStart = 0
        lingeringDeadline = loop.now + loop.lingeringMilliseconds
        linger(loop)
    }
}
