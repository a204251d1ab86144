import Journal
import Model
import Synchronization
import Time
import Views

/// An attempt, from the message to its recorded result.
extension Outbox {
    func attempt(_ delivery: Delivery, to webhook: Webhook, at now: Timestamp) throws {
        let content: OutboundMessage.Content
        do {
            content = try self.content(of: delivery, for: webhook, at: now)
        } catch let unreadable as UnreadableEntry {
            let result = OutboundResult.failed("its body cannot be built: \(unreadable.detail)")
            return finish(delivery.id, AttemptEnd(result, url: webhook.url, startedAt: now, duration: .zero))
        } catch {
            state.withLock { $0.inFlight[delivery.id] = nil }
            throw error
        }
        let message = OutboundMessage(
            url: webhook.url, id: delivery.messageID, sentAt: now, content)
        // `now` is the start of the tick; earlier work in the tick may have taken time.
        let startedAt = clock()
        transport.send(message) { [self] result in
            if result == .stopped { return release(delivery.id) }
            let duration = max(.zero, clock() - startedAt)
            meters.attemptDuration.observe(duration)
            record(result, of: webhook)
            finish(
                delivery.id,
                AttemptEnd(result, url: webhook.url, startedAt: startedAt, duration: duration))
        }
    }

    private func content(
        of delivery: Delivery, for webhook: Webhook, at now: Timestamp
    ) throws -> OutboundMessage.Content {
        if webhook.kind != .standard,
            let content = webhook.content(of: try bodies.notification(delivery, for: webhook))
        {
            return content
        }
        let backlog = webhook.behindSince == nil ? nil : backlogs.pending(webhook.id)
        return .event(
            .init(body: try bodies.make(delivery), secrets: webhook.secrets(at: now), backlog: backlog))
    }

    /// Forgets an attempt that was not made: the delivery is due as before.
    private func release(_ delivery: Int) {
        state.withLock { state in
            if let queue = state.inFlight.removeValue(forKey: delivery) { state.forget(queue) }
        }
    }

    private func record(_ result: OutboundResult, of webhook: Webhook) {
        let now = clock()
        state.withLock { state in
            // The webhook may have been deleted, or its URL changed.
            guard state.urls[webhook.id] == webhook.url else { return }
            let webhook = webhook.id
            if case .answered(let status, let retryAfter, _) = result {
                if (200...299).contains(status) {
                    state.openCircuits.remove(webhook)
                    state.closedCircuits.insert(webhook)
                    state.pausedUntil[webhook] = nil
                    return
                }
                if [429, 502, 503, 504].contains(status), let retryAfter {
                    state.pausedUntil[webhook] = now + min(retryAfter, RetrySchedule.retryAfterMax)
                }
            }
            // With a backlog the next delivery is due at once, and each failure would be followed by another one. The first failure may
            // concern one delivery only, and holds up no other.
            if state.openCircuits.contains(webhook) {
                let pause = now + Outbox.pauseAfterFailure
                state.pausedUntil[webhook] = max(state.pausedUntil[webhook] ?? pause, pause)
            }
            state.openCircuits.insert(webhook)
            state.closedCircuits.remove(webhook)
        }
    }

    /// Has the result recorded. The delivery counts as in flight until that is committed, so that it is not sent twice.
    func finish(_ delivery: Int, _ end: AttemptEnd?) {
        submit(
            WriteLane.PendingRequest(RecordAttempt(of: delivery, end), by: .service, of: nil) {
                [self] recorded in
                if case .failure = recorded {
                    // Retried at the next tick, at most one second later.
                    state.withLock { $0.unrecorded.append((delivery, end)) }
                } else {
                    let ended = state.withLock { state in
                        let ended = [
                            state.inFlight.removeValue(forKey: delivery),
                            state.dropping.removeValue(forKey: delivery),
                        ].compactMap(\.self)
                        for queue in ended { state.forget(queue) }
                        return ended
                    }
                    for queue in ended { backlogs.markStale(queue.webhook) }
                    wake()
                }
            })
    }
}
