import JSON
import TestSupport

/// A delivery, parsed as a bot would.
extension Receiver.Request {
    func field(_ name: String) -> String { header(name) ?? "" }

    var id: String { field("webhook-id") }
    var json: JSONValue? { try? JSONReader.read(body, limits: .stored) }
    var type: String? { json?["type"]?.text }
    var nag: JSONValue? { json?["data"]?["nag"] }
    var nagNumber: Int? { nag?["number"]?.number }
}
