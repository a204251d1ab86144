import JSON
import Outbound

/// Tells a successful answer of Drumbeat from one of another server, such as a proxy's sign-in page or another service on the port.
///
/// Drumbeat sends `X-Request-Id` with every answer and only objects as JSON, and names what a write made.
enum ForeignAnswer {
    /// The answer to each write has one of these members.
    private static let membersOfWrites = ["seq", "ref", "id", "added", "findings", "messages", "items"]

    /// What shows that Drumbeat did not send the answer, for a sentence that begins with "its answer"; `nil` if nothing does.
    static func flaw(of answer: BlockingCaller.Answer, _ json: JSONValue?, isWrite: Bool) -> String? {
        if answer.status == 204, answer.hasRequestID { return nil }
        guard let json else { return answer.body.isEmpty ? "is empty" : "is not JSON" }
        guard case .object(let object) = json else { return "is no JSON object" }
        guard answer.hasRequestID else { return withoutID }
        guard !isWrite || membersOfWrites.contains(where: { object[$0] != nil }) else {
            return "does not say what was recorded"
        }
        return nil
    }

    /// The same of an answer that is no JSON.
    static func flaw(of answer: BlockingCaller.Answer, mediaType: String) -> String? {
        guard answer.mediaType == mediaType else { return "is not of the type \(mediaType)" }
        return answer.hasRequestID ? nil : withoutID
    }

    private static let withoutID = "has no X-Request-Id"

    static func fault(of url: String, _ flaw: String, isWrite: Bool) -> ClientFault {
        ClientFault(
            "\(url) answered, but not as Drumbeat does: its answer \(flaw). Check DRUMBEAT_URL, and whether a proxy or a "
                + "sign-in page of the network answers in its place."
                + (isWrite
                    ? "\nIt is not known whether anything was recorded. Look before you repeat it: drumbeat list"
                    : ""))
    }
}
