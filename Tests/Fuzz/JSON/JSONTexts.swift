import JSON

/// JSON texts: an accepted text must be valid by RFC 8259, and equal after it is written and read again.
struct JSONTexts {
    private let limits: JSONLimits

    init(_ limits: JSONLimits) {
        self.limits = limits
    }

    func check(_ input: Bytes) {
        var recogniser = Recogniser(bytes: Array(input), limits: limits)
        let isExpected = recogniser.accepts()
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.read(input, limits: limits)
        } catch {
            demand(!isExpected, "refused, though it is JSON: \(error)")
            demand((0...input.count).contains(error.offset), "the fault lies outside: \(error)")
            return
        }
        demand(isExpected, "accepted, though it is not JSON: \(value)")
        let written = value.encoded()
        demand(!written.contains { $0 < 0x20 }, "a control byte was written")
        guard let again = try? JSONReader.read(written, limits: limits) else {
            return demand(false, "what was written is refused: \(text(written))")
        }
        demand(again == value, "\(again) was \(value)")
        demand(again.encoded() == written, "written twice, it is not the same")
        if case .object(let object) = value { checkSplice(object) }
    }

    /// The members of an encoded object spliced into another, as for an entry's facts.
    private func checkSplice(_ object: JSONObject) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("\u{1}", 1)
        writer.rawMembers(ofObject: object.encoded())
        writer.member("\u{2}", 2)
        writer.endObject()
        let limits = JSONLimits(depthMax: 33, membersMax: 1_002, tokensMax: 10_004)
        guard case .object(let whole)? = try? JSONReader.read(writer.bytes, limits: limits) else {
            // The object itself may have these two names.
            return demand(
                object["\u{1}"] != nil || object["\u{2}"] != nil,
                "spliced, it is refused: \(text(writer.bytes))")
        }
        demand(Array(whole.members.dropFirst().dropLast()) == object.members, "spliced, it is another object")
    }
}
