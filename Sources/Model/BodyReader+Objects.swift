internal import JSON

/// Nested objects and arrays.
extension BodyReader {
    /// Reads a nested object; `nil` when it is absent or `null`. Its invalid and unknown members are reported by this reader.
    ///
    /// A recorder derives its shape from `read`; an object with arbitrary keys passes `shape`.
    public func object<Value>(
        _ name: String, as shape: @autoclosure () -> BodyShape? = nil, _ read: (BodyReader) -> Value
    ) -> Value? {
        if recorded != nil {
            let (sample, object) = sample(of: read)
            _ = records(name, shape() ?? object, isRequired: false, mayBeNull: true, nil)
            return sample
        }
        switch value(name) {
        case nil, .null?: return nil
        case .object(let object)?: return within(object, at: pointer(name), read)
        default:
            refuse(name, "It must be an object.")
            return nil
        }
    }

    /// The result of `read` on samples, and the shape of the object it reads.
    private func sample<Value>(of read: (BodyReader) -> Value) -> (Value, BodyShape) {
        let recorder = BodyReader(JSONObject(), recorded: BodyDescription())
        let sample = read(recorder)
        return (sample, .object(recorder.recorded ?? BodyDescription()))
    }

    private func within<Value>(_ object: JSONObject, at base: String, _ read: (BodyReader) -> Value) -> Value
    {
        let inner = BodyReader(object, at: base)
        let value = read(inner)
        inner.close()
        flaws += inner.flaws
        unknown += inner.unknown
        return value
    }

    /// Reads a text, or an object with more detail; `nil` when it is absent or `null`.
    public func textOrObject<Value>(
        _ name: String, _ constraint: TextConstraint, _ make: (String) -> Value,
        orObject read: (BodyReader) -> Value
    ) -> Value? {
        if recorded != nil {
            let (sample, object) = sample(of: read)
            _ = records(
                name, .either([.text(constraint), object]), isRequired: false, mayBeNull: true, nil)
            return sample
        }
        switch value(name) {
        case nil, .null?: return nil
        case .object?: return object(name, read)
        default: return make(text(name, constraint))
        }
    }

    /// Reads an array of objects; `nil` when it is absent or `null`. `noun` and `form` describe an element in error messages.
    public func objects<Value>(
        _ name: String, countMax: Int, noun: String, form: String, _ read: (BodyReader) -> Value
    ) -> [Value]? {
        if recorded != nil {
            let (sample, element) = sample(of: read)
            _ = records(
                name, .list(element, count: 0...countMax), isRequired: false, mayBeNull: true, nil)
            return [sample]
        }
        switch value(name) {
        case nil, .null?:
            return nil
        case .array(let values)?:
            guard values.count <= countMax else {
                refuse(name, "At most \(countMax) \(name) are allowed.")
                return nil
            }
            var readValues: [Value] = []
            for (index, value) in values.enumerated() {
                guard case .object(let object) = value else {
                    refuse(name, index, "Each \(noun) must be an object: \(form).")
                    continue
                }
                readValues.append(within(object, at: "\(pointer(name))/\(index)", read))
            }
            return readValues
        default:
            refuse(name, "It must be an array of \(form).")
            return nil
        }
    }

    /// Reads an object with arbitrary one-line keys and texts as values, `nil` for those to remove. Empty when it is absent or `null`.
    ///
    /// `noun` names a pair in error messages.
    public func map(
        _ name: String, noun: String, of values: TextConstraint, mayDrop: Bool = false, countMax: Int
    ) -> [(String, String?)] {
        object(
            name, as: .map(keys: .name, values: values, valuesMayBeNull: mayDrop, countMax: countMax)
        ) { object in
            let names = object.names()
            guard names.count <= countMax else {
                refuse(name, "At most \(countMax) \(name) are allowed.")
                return []
            }
            // `String` equality treats composed and decomposed "é" as the same key, which would silently drop a value.
            var keys: Set<String> = []
            return names.map { key in
                if let flaw = TextConstraint.name.flaw(of: key) {
                    object.refuse(key, "The \(noun)'s key: \(flaw)")
                } else if !keys.insert(key).inserted {
                    object.refuse(key, "Another \(noun)'s key looks the same but has different bytes.")
                } else if object.isNull(key), !mayDrop {
                    object.refuse(
                        key,
                        "A \(noun) requires a value" + (values.mayBeEmpty ? "; it may be empty: \"\"." : "."))
                }
                return (key, object.optionalText(key, values))
            }
        } ?? []
    }

    /// Reads an array of texts; empty when it is absent or `null`.
    public func optionalTexts(
        _ name: String, _ constraint: TextConstraint, countMax: Int, _ note: String? = nil
    ) -> [String] {
        if records(
            name, .list(.text(constraint), count: 0...countMax), isRequired: false, mayBeNull: true, note)
        {
            return ["sample"]
        }
        switch value(name) {
        case nil, .null?: return []
        case .array(let values)? where values.count <= countMax:
            return values.enumerated().map { index, value in
                guard case .string(let text) = value else {
                    refuse(name, index, "It must be a string.")
                    return ""
                }
                if let flaw = constraint.flaw(of: text) { refuse(name, index, flaw) }
                return text
            }
        default:
            refuse(name, "It must be an array of at most \(countMax) strings.")
            return []
        }
    }

    /// Reads a required array of texts that satisfy `fits`. `detail` is the error of an invalid array, `elementDetail` of an invalid
    /// element.
    public func texts(
        _ name: String, _ shape: @autoclosure () -> BodyShape, count: ClosedRange<Int>,
        otherwise detail: @autoclosure () -> String,
        elementsOtherwise elementDetail: @autoclosure () -> String,
        where fits: (String) -> Bool
    ) -> [String] {
        if records(name, .list(shape(), count: count), isRequired: true, mayBeNull: false, nil) { return [] }
        guard case .array(let values)? = value(name), count.contains(values.count) else {
            refuse(name, detail())
            return []
        }
        var texts: [String] = []
        for (index, value) in values.enumerated() {
            if case .string(let text) = value, fits(text) {
                texts.append(text)
            } else {
                refuse(name, index, elementDetail())
            }
        }
        return texts
    }

    /// Reads an object that is stored as sent, except for the members that `read` reads. Returns the result of `read` and the encoded
    /// rest.
    ///
    /// Members named in `refused` are reserved for the service.
    public func data<Value>(
        _ name: String, bytesMax: Int, refused: [String], _ note: @autoclosure () -> String,
        _ read: (BodyReader) -> Value
    ) -> (value: Value, rest: [UInt8]) {
        if recorded != nil {
            _ = records(name, .data(refused: refused), isRequired: false, mayBeNull: true, note())
            return (sample(of: read).0, [])
        }
        var rest = JSONObject()
        switch value(name) {
        case nil, .null?: break
        case .object(let object)?: rest = object
        default: refuse(name, "It must be an object.")
        }
        let inner = BodyReader(rest, at: pointer(name))
        let value = read(inner)
        let bytes = rest.encoded()
        rest.members.removeAll { inner.isAsked($0.name) }
        for member in refused where rest[member] != nil {
            inner.refuse(member, "This member is set by the service.")
        }
        flaws += inner.flaws
        if bytes.count > bytesMax {
            refuse(name, "It has \(bytes.count) bytes; at most \(bytesMax) are allowed.")
        }
        return (value, inner.asked.isEmpty ? bytes : rest.encoded())
    }
}
