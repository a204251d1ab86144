import Encoding
import JSON

/// How a user names an incident: `INC-7`, `inc-7`, `7`, or its id.
public enum IncidentName {
    /// The incident's name in a path; `nil` if the text names none.
    public static func parse(_ text: String) -> String? {
        let upper = text.uppercased()
        let digits = upper.hasPrefix("INC-") ? upper.dropFirst(4) : upper[...]
        if (1...12).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return "INC-\(digits)"
        }
        // A ULID.
        let isID =
            upper.utf8.count == 26 && Base62.isValid(upper) && upper.utf8.first.map { $0 <= 0x37 } == true
        return isID ? upper : nil
    }

    /// The one open incident, for a command without a name.
    ///
    /// `items` are open incidents, as the service lists them.
    public static func only(of items: [JSONValue]) throws(ClientFault) -> (ref: String, title: String) {
        let open = items.compactMap { item in
            item.value("ref")?.asText.map { (ref: $0, title: item.value("title")?.asText ?? "") }
        }
        guard let first = open.first else {
            throw ClientFault(
                "No incident is open. Name an ended one, such as INC-1; drumbeat list --state all lists them."
            )
        }
        guard open.count == 1, let ref = parse(first.ref) else {
            let lines = open.map { "  \($0.ref.onOneLine)  \($0.title.onOneLine)" }
            throw ClientFault(
                "Several incidents are open. Name one of them:\n" + lines.joined(separator: "\n"))
        }
        return (ref, first.title)
    }
}
