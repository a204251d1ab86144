import Incidents
import Platform

/// How the journal writes down what may stand in an incident only once.
enum DedupKey {
    static func text(_ once: Proposal.Once) -> String {
        switch once {
        case .nag(let about, let due, let number):
            return "nag:\(about.rawValue):\(due.milliseconds):\(number)"
        case .source(let system, let ref):
            // A digest: a source's words live in the entry alone, so that a redaction erases them everywhere.
            return "source:" + Hex.encode(Digest.sha256(Array("\(system.utf8.count):\(system):\(ref)".utf8)))
        }
    }
}
