internal import JSON

/// Arrays whose elements stand alone.
extension BodyReader {
    /// Reads a required array of objects, each by itself: the errors of an element are its own, and the others are read all the same.
    /// `noun` describes an element in error messages. Throws nothing for an element; its result has the refusal.
    public func each<Value>(
        _ name: String, count: ClosedRange<Int>, noun: String, _ read: (BodyReader) -> Value
    ) -> [Result<Value, Refusal>] {
        if recorded != nil {
            let recorder = BodyReader(JSONObject(), recorded: BodyDescription())
            let sample = read(recorder)
            _ = records(
                name, .list(.object(recorder.recorded ?? BodyDescription()), count: count), isRequired: true,
                mayBeNull: false, nil)
            return [.success(sample)]
        }
        guard case .array(let values)? = value(name) else {
            refuse(name, "It must be an array of \(count.lowerBound) to \(count.upperBound) objects.")
            return []
        }
        guard count.contains(values.count) else {
            refuse(
                name,
                "It has \(values.count) elements; \(count.lowerBound) to \(count.upperBound) are allowed."
                    + (values.count > count.upperBound ? " Send the rest in another request." : "")
            )
            return []
        }
        return values.enumerated().map { index, value in
            let base = "\(pointer(name))/\(index)"
            guard case .object(let object) = value else {
                return .failure(.invalid(base, "Each \(noun) must be an object."))
            }
            let reader = BodyReader(object, at: base)
            let value = read(reader)
            do throws(Refusal) {
                try reader.finish()
                return .success(value)
            } catch {
                return .failure(error)
            }
        }
    }
}
