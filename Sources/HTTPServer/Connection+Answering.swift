import HTTP

extension Connection {
    /// Admission control: admits or refuses a request by its head, before its body is read.
    func judge(_ received: Head, hasMore: Bool, _ loop: EventLoop) {
        var head = received
        head.remoteAddress =
            proxy.map { loop.settings.trustedProxies.client(head.fields, behind: $0).description }
            ?? remoteAddress
        if head.id.isEmpty { head.id = loop.requestIDs.next() }
        requests += 1
        headStarted = nil
        if head.isOfWholeService {
            // `OPTIONS *` concerns the service as a whole and reveals nothing (H15).
            let allow = (name: "Allow", value: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
            answer(Response(.noContent, fields: [allow]), to: head, loop)
            return
        }
        if let response = loop.settings.crossOrigins?.preflight(head) {
            answer(response, to: head, loop)
            return
        }
        if let admitted, head.isRepetition(of: admitted.head),
            loop.responder.stillHolds(ticket: admitted.ticket)
        {
            proceed(head, admitted.ticket, loop)
            return
        }
        admitted = nil
        switch loop.responder.admit(head) {
        case .refuse(var response):
            let isUnread = head.bodyExpected || [401, 403, 413, 415].contains(response.status.code)
            if isUnread { response.closes = true }
            answer(response, to: head, loop)
        case .proceed(let bodyBytesMax, let ticket):
            recognise(loop.responder.owner(ticket: ticket), from: head.remoteAddress, loop)
            proceed(head, ticket, loop)
            if !head.bodyExpected { admitted = (received, ticket) }
            if let fault = parser?.admit(bodyBytesMax: bodyBytesMax) {
                refuse(fault, loop)
            } else if head.expectsContinue, !hasMore {
                out.append(contentsOf: ResponseSerializer.continueBytes)
                flush(loop)
            }
        }
    }

    private func proceed(_ head: Head, _ ticket: any Sendable, _ loop: EventLoop) {
        self.head = head
        self.ticket = ticket
        isWriter = !head.method.isSafe
        bodyStarted = loop.now
        bodyProgressed = loop.now
        bodyBytes = 0
    }

    /// Passes a complete request to the responder, and writes the response if it is available at once.
    func respond(_ body: [UInt8], _ loop: EventLoop) {
        // A head that was refused without closing the connection already has its response.
        guard let head, let ticket, weighBody(body.count, loop) else { return }
        serial &+= 1
        phase = .responding
        let request = Request(head, body: body, receivedNanoseconds: loop.nowNanoseconds)
        if let response = loop.ask(request, ticket: ticket, key: key, serial: serial) {
            complete(response, loop)
            return
        }
        let timeout = loop.responder.handlerTimeout(ticket: ticket).map(Timeouts.milliseconds)
        handlerDeadline = loop.now + (timeout ?? loop.timeouts.handler)
        guard timeout != nil else { return }
        isPolling = true
        if hasFinished {
            close(loop)
        } else if !beginWait(loop) {
            refuse(.tooManyWaits, loop)
        }
    }

    /// Writes the response to the pending request.
    func complete(_ response: Response, _ loop: EventLoop) {
        guard phase == .responding, let head else { return }
        phase = .reading
        answer(response, to: head, loop)
    }

    /// Responds to a protocol or server error and closes the connection (H26).
    func refuse(_ fault: HTTPError, _ loop: EventLoop) {
        if phase == .responding, !isWriter, let ticket { loop.responder.abandon(ticket: ticket) }
        endWait(loop)
        let isHead = head.map { $0.method == .head } ?? parser?.asksHead ?? false
        let id = head?.id ?? loop.requestIDs.next()
        var response = loop.responder.refusal(fault, of: refused(id, isHead: isHead))
        response.closes = true
        if response.status == .serviceUnavailable, !response.fields.contains(where: { isRetryAfter($0.name) })
        {
            response.fields.append((name: "Retry-After", value: "1"))
        }
        write(response, to: head, id: id, isHead: isHead, persistence: .closing, loop)
        head = nil
        ticket = nil
        releaseBody(loop)
        phase = .closing
    }

    private func refused(_ id: String, isHead: Bool) -> RefusedRequest {
        RefusedRequest(
            id: id, remoteAddress: head?.remoteAddress ?? remoteAddress,
            method: head?.method ?? (isHead ? .head : nil))
    }

    private func isRetryAfter(_ name: String) -> Bool {
        name.utf8.elementsEqual("Retry-After".utf8) || name.utf8.elementsEqual("retry-after".utf8)
    }

    private func answer(_ response: Response, to head: Head, _ loop: EventLoop) {
        endWait(loop)
        if let stream = response.stream, head.method != .head {
            guard beginWait(loop) else { return refuse(.tooManyWaits, loop) }
            open(response, stream, for: head, loop)
            return
        }
        guard head.method == .head || weighResponse(response.body.count, loop) else {
            return refuse(.responsesFull, loop)
        }
        let isLast =
            response.closes || endsAfterResponse || response.stream != nil || !head.keepsAlive
            || (loop.isDraining && loop.retained == nil)
            || requests >= loop.settings.limits.requestsPerConnectionMax
        let persistence: ResponseSerializer.Persistence =
            isLast ? .closing : head.isHTTP10 ? .keptAlive : .open
        // A HEAD of a stream has the fields of the GET, which has no length.
        let framing: ResponseSerializer.Framing =
            response.stream == nil ? .length : head.isHTTP10 ? .close : .chunked
        let isSent = write(
            response, to: head, id: head.id, isHead: head.method == .head, persistence: persistence,
            framing: framing, loop)
        self.head = nil
        ticket = nil
        releaseBody(loop)
        idleSince = loop.now
        if isLast || !isSent { phase = .closing }
    }

    /// Records whose request this is. Only a valid token makes a connection authenticated for the per-address limit: public routes are
    /// open to a flood too.
    private func recognise(_ name: String?, from address: String, _ loop: EventLoop) {
        guard let name else {
            owner = .address(address)
            return
        }
        owner = .token(name)
        let ref = ConnectionRef(loop: loop.index, key: key)
        switch authState {
        case .unauthenticated(let handle):
            authState = .known(
                owner: name, loop.limiter.authenticate(handle, as: name, ref, at: loop.now))
        case .known(let before, let handle) where before != name:
            authState = .known(owner: name, loop.limiter.change(handle, to: name, ref, at: loop.now))
        case .known, .dismissed: return
        }
    }

    /// Writes a response; `false` when it could not be serialised and a closing 500 was sent instead.
    @discardableResult
    func write(
        _ response: Response, to head: Head?, id: String, isHead: Bool,
        persistence: ResponseSerializer.Persistence,
        framing: ResponseSerializer.Framing = .length, _ loop: EventLoop
    ) -> Bool {
        func marked(_ response: Response) -> Response {
            loop.settings.crossOrigins.map { $0.marked(response, for: head) } ?? response
        }
        do {
            try loop.serializer.write(
                marked(response), id: id, isHead: isHead, persistence: persistence, framing: framing,
                into: &out)
            return true
        } catch {
            loop.log("http.response_refused", [("request_id", id), ("field", error.name)])
        }
        let bare = Response(.internalServerError)
        let problem = loop.responder.refusal(.unsendable, of: refused(id, isHead: isHead))
        for response in [problem, bare] {
            do {
                try loop.serializer.write(
                    marked(response), id: id, isHead: isHead, persistence: .closing, into: &out)
                break
            } catch { continue }
        }
        return false
    }
}
