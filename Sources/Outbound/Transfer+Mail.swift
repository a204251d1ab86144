import CCurl
import Glibc
import Journal

extension Transfer {
    /// What is read from while a mail is sent, and what its server said.
    struct MailProgress {
        let body: [UInt8]
        /// Number of bytes that libcurl has taken.
        var sent = 0
        var replies = ReplyCollector()
        /// Whether the last command names a recipient.
        var isRecipient = false
        var refusedCount = 0
        /// What the server said of the last recipient whom it refused.
        var refusedText: [UInt8] = []
        /// Whether the webhook has a user name and a password.
        let hasLogin: Bool
        /// Whether libcurl has used them.
        var hasLoggedIn = false
        /// Whether libcurl went on without a login. It does so, without a word, if the server offers none.
        var isWithoutLogin = false
        /// Whether libcurl has sent QUIT: later replies mean nothing.
        var hasQuit = false
        /// Of the connection; -1 while there is none.
        var descriptor: Int32 = -1
        var isAborted: () -> Bool = { false }
    }

    /// Sends a mail on the calling thread, and reports the result.
    func perform(isAborted: @escaping () -> Bool) {
        mail?.isAborted = isAborted
        complete(withExtendedLifetime(self) { curl_easy_perform(easy) })
    }

    func setMail(_ mail: Webhook.Mail, _ target: WebhookURL, _ body: [UInt8]) throws(Unsendable) {
        // Inside the operator's networks a server may do without TLS; elsewhere nothing is sent without it.
        let isInner = settings.judge.current.allowsPlainMail(to: target)
        let tls = isInner ? CURLUSESSL_TRY : CURLUSESSL_ALL
        try require(drumbeat_curl_set_long(easy, CURLOPT_USE_SSL, Int(tls.rawValue)))
        try require(drumbeat_curl_set_long(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1))
        // To libcurl a greeting and a login are part of connecting, and mail servers let unknown clients wait for a greeting.
        let total = SharedOptions.milliseconds(settings.timeouts.total)
        try require(drumbeat_curl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, total))
        // Also for the answer to QUIT, to which the total timeout does not apply.
        let seconds = max(1, Int((settings.timeouts.total + .milliseconds(999)).wholeSeconds))
        try require(drumbeat_curl_set_long(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, seconds))
        try require(drumbeat_curl_set_text(easy, CURLOPT_MAIL_FROM, "<\(mail.from)>"))
        for recipient in mail.to { try append("<\(recipient)>", to: &recipients) }
        try require(drumbeat_curl_set_pointer(easy, CURLOPT_MAIL_RCPT, recipients))
        if let username = mail.username {
            try require(drumbeat_curl_set_text(easy, CURLOPT_USERNAME, username))
            try require(drumbeat_curl_set_text(easy, CURLOPT_PASSWORD, mail.password ?? ""))
        }
        self.mail = MailProgress(body: body, hasLogin: mail.username != nil)
        try require(
            drumbeat_curl_set_debug(
                easy, Unmanaged.passUnretained(self).toOpaque(),
                { _, type, bytes, count, context in
                    guard type == CURLINFO_HEADER_OUT, let bytes, let context else { return 0 }
                    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                    transfer.note(UnsafeRawBufferPointer(start: bytes, count: count))
                    return 0
                }))
        try require(
            drumbeat_curl_set_upload(
                easy, Unmanaged.passUnretained(self).toOpaque(), curl_off_t(body.count),
                { bytes, size, count, context in
                    guard let bytes, let context else { return Int(CURL_READFUNC_ABORT) }
                    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                    return transfer.fill(UnsafeMutableRawBufferPointer(start: bytes, count: size * count))
                },
                { context, _, _, _, _ in
                    guard let context else { return 1 }
                    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
                    return transfer.mail?.isAborted() == true ? 1 : 0
                }))
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let progress = mail else { return 0 }
        let piece = progress.body.dropFirst(progress.sent).prefix(buffer.count)
        buffer.copyBytes(from: piece)
        mail?.sent += piece.count
        return piece.count
    }

    /// Takes a line of the server; `false` to stop.
    func takeReply(_ line: UnsafeRawBufferPointer) -> Bool {
        guard let before = mail, !before.hasQuit, !before.isWithoutLogin,
            mail?.replies.take(line: line) == true
        else { return false }
        if before.isRecipient, let replies = mail?.replies, replies.count > before.replies.count,
            let reply = replies.last, reply.code >= 400
        {
            mail?.refusedCount += 1
            mail?.refusedText = reply.text
        }
        return true
    }

    /// Takes a command that libcurl has sent.
    private func note(_ command: UnsafeRawBufferPointer) {
        mail?.isRecipient = command.starts(with: "RCPT TO:".utf8)
        if command.starts(with: "AUTH ".utf8) { mail?.hasLoggedIn = true }
        if command.starts(with: "MAIL FROM:".utf8), let mail, mail.hasLogin, !mail.hasLoggedIn {
            // The answer to this command ends the transfer: no recipient and no text is sent.
            self.mail?.isWithoutLogin = true
        }
        guard command.elementsEqual("QUIT\r\n".utf8), let descriptor = mail?.descriptor, descriptor >= 0
        else {
            return
        }
        // libcurl waits for the answer to QUIT. With the reading side shut there is none to wait for.
        mail?.hasQuit = true
        shutdown(descriptor, Int32(SHUT_RD))
    }

    func mailResult(_ code: CURLcode, _ mail: MailProgress) -> OutboundResult {
        func judged(_ reply: ReplyCollector.Reply?) -> OutboundResult? {
            guard let reply else { return nil }
            if code != CURLE_OK, !(400...599).contains(reply.code) {
                // Neither accepted nor refused (RFC 5321 §4.2.1). An older reply, such as that to DATA, says nothing.
                let isToTheEnd = mail.sent == mail.body.count && reply.code != 354
                guard reply.code >= 600 || isToTheEnd else { return nil }
                return .failed("the server sent an unexpected reply: \(Excerpt.of(reply.text))")
            }
            var said = reply.text
            if code == CURLE_OK, mail.refusedCount > 0 {
                // Who administers the webhook learns of it by a test.
                said =
                    Array("\(mail.refusedCount) of the recipients refused: ".utf8) + mail.refusedText
                    + Array("; ".utf8) + said
            }
            return kind.result(
                TransferResponse(
                    status: reply.code, retryAfter: nil, body: [], isBodyComplete: true,
                    excerpt: Excerpt.of(said)))
        }
        if mail.isAborted() && code == CURLE_ABORTED_BY_CALLBACK { return .stopped }
        if mail.replies.isTooLong {
            return .failed("the replies are longer than \(ReplyCollector.bytesMax / 1_024) KiB")
        }
        if mail.isWithoutLogin || code == CURLE_LOGIN_DENIED && mail.replies.last?.code ?? 0 < 400 {
            return .failed(
                "the server offers no login for the user name and password. Remove both, or use a server with AUTH"
            )
        }
        let text = String(cString: errorText)
        let verdict: OutboundResult? =
            switch code {
            case CURLE_OK, CURLE_WEIRD_SERVER_REPLY, CURLE_LOGIN_DENIED, CURLE_REMOTE_ACCESS_DENIED:
                judged(mail.replies.last)
            // Of several refused recipients, one may only be busy.
            case CURLE_SEND_ERROR where text.hasPrefix("RCPT failed: "):
                judged(mail.replies.temporary ?? mail.replies.last)
            // Otherwise a broken connection, whose last reply means nothing.
            case CURLE_SEND_ERROR where text.hasPrefix("MAIL failed: ") || text.hasPrefix("DATA failed: "):
                judged(mail.replies.last)
            default: nil
            }
        return verdict ?? .failed(failure(code, 0))
    }
}
