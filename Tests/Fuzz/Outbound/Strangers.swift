import TestSupport
import Time

@testable import Outbound

/// A receiver's response, in lines and pieces: at most the limits are kept, and nothing that was not received.
enum Answers {
    @Sendable static func check(_ input: Bytes) {
        var answer = ResponseCollector()
        let halves = input.split(separator: 0x00, maxSplits: 1, omittingEmptySubsequences: false)
        var goesOn = true
        for line in (halves.first ?? input[...]).split(separator: 0x0A, omittingEmptySubsequences: false)
        where goesOn {
            let line = Array(line) + [0x0A]
            goesOn = line.withUnsafeBytes { answer.take(line: $0) }
        }
        var rest = halves.count == 2 ? halves[1] : input[input.endIndex...]
        var random = SeededGenerator(hashing: input)
        while goesOn, !rest.isEmpty {
            let piece = Array(rest.prefix(1 + random.remainder(below: 2_000)))
            rest = rest.dropFirst(piece.count)
            goesOn = piece.withUnsafeBytes { answer.take(body: $0) }
        }
        demand(answer.kept.count <= ResponseCollector.keptBytesMax, "\(answer.kept.count) bytes were kept")
        demand(Excerpt.of(answer.kept).utf8.count <= Excerpt.bytesMax, "the excerpt is too long")
        if let value = answer.retryAfter { Pauses.check(value) }
    }
}

/// `Retry-After`: seconds or a date, at most one hour.
enum Pauses {
    private static let now = Timestamp(milliseconds: 1_768_471_380_000)

    @Sendable static func check(_ input: Bytes) {
        check(Array(input))
    }

    static func check(_ value: [UInt8]) {
        for now in [now, Timestamp(milliseconds: 0), Timestamp(milliseconds: 253_402_300_799_999)] {
            guard let pause = RetryAfter.pause(value, now: now) else { continue }
            demand(pause >= .zero && pause <= .seconds(3_600), "\(pause) for \(text(value))")
        }
        guard (1...9).contains(value.count), value.allSatisfy({ (0x30...0x39).contains($0) }) else { return }
        let seconds = Int(text(value)) ?? 0
        demand(RetryAfter.pause(value, now: now) == .seconds(min(seconds, 3_600)), "\(text(value)) seconds")
    }
}

/// Secrets and ids of webhooks.
enum Secrets {
    @Sendable static func check(_ input: Bytes) {
        let given = text(input)
        if StandardWebhook.isID(given) {
            demand((1...64).contains(given.utf8.count), "an id of \(given.utf8.count) bytes")
        }
        do throws(StandardWebhook.SecretFault) {
            let secret = try StandardWebhook.Secret(given)
            let shown = secret.reveal()
            demand((try? StandardWebhook.Secret(shown)) == secret, "\(shown) is another secret")
            demand("\(secret)" == "***", "a secret shows itself")
            let signature = StandardWebhook.signature(
                id: "a", timestamp: 1, body: Array(input), secrets: [secret])
            demand(signature.hasPrefix("v1,") && signature.utf8.count == 47, "signed \(signature)")
        } catch {
            demand(!error.description.isEmpty, "no reason")
        }
    }
}
