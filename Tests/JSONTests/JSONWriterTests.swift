import JSON
import Testing

@Suite struct JSONWriterTests {
    private func written(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `commas stand between members and elements, and nowhere else`() {
        let text = written {
            $0.beginObject()
            $0.name("a")
            $0.beginArray()
            $0.integer(1)
            $0.beginObject()
            $0.endObject()
            $0.beginArray()
            $0.endArray()
            $0.null()
            $0.endArray()
            $0.name("b" as String)
            $0.bool(true)
            $0.member("c", "x")
            $0.endObject()
        }
        #expect(text == #"{"a":[1,{},[],null],"b":true,"c":"x"}"#)
    }

    @Test func `members of every kind are written, nil as null`() {
        let text = written {
            $0.beginObject()
            $0.member("s", "x")
            $0.member("i", 1)
            $0.member("l", Int64.min)
            $0.member("t", false)
            $0.member("ns", nil as String?)
            $0.member("ni", nil as Int?)
            $0.member("nl", nil as Int64?)
            $0.member("nt", nil as Bool?)
            $0.member("a", ["x", "y"])
            $0.member("v", value: .number("1.50"))
            $0.member("r", raw: Array("[0]".utf8))
            $0.endObject()
        }
        #expect(
            text
                == #"{"s":"x","i":1,"l":-9223372036854775808,"t":false,"ns":null,"ni":null,"nl":null,"nt":null,"#
                + #""a":["x","y"],"v":1.50,"r":[0]}"#)
    }

    @Test(arguments: [
        (Int64(0), "0"), (7, "7"), (10, "10"), (-1, "-1"), (-10, "-10"), (1_234_567_890, "1234567890"),
        (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
    ])
    func `whole numbers are written in decimal`(value: Int64, text: String) {
        #expect(written { $0.integer(value) } == text)
    }

    @Test(arguments: [
        ("", #""""#), ("a", #""a""#), ("\"", #""\"""#), ("\\", #""\\""#), ("/", #""/""#), ("<&>", #""<&>""#),
        ("\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#), ("\r\n", #""\r\n""#),
        ("\u{0}\u{1}\u{1B}\u{1F}", #""\u0000\u0001\u001b\u001f""#),
        ("\u{7F}", "\"\u{7F}\""), ("\u{2028}x\u{2029}", #""\u2028x\u2029""#),
        ("\u{2027}\u{202A}", "\"\u{2027}\u{202A}\""),
        ("€âé😀", #""€âé😀""#), ("\"\u{301}", "\"\\\"\u{301}\""),
        ("abcdefg\"hijklmnop\n", #""abcdefg\"hijklmnop\n""#),
    ])
    func `strings are escaped where they must be, and only there`(value: String, text: String) {
        #expect(Array(written { $0.string(value) }.utf8) == Array(text.utf8))
    }

    @Test func `an escape is found at every place of a string`() throws {
        for before in 0..<20 {
            for special in ["\"", "\\", "\n", "\u{0}1", "\u{2028}", "\u{2029}", "\u{2022}", "\u{E2}"] {
                let value =
                    String(repeating: "é", count: before % 3) + String(repeating: "x", count: before)
                    + special + "y"
                guard !value.utf8.contains(0) else { continue }
                #expect(try JSONReader.read(JSONValue.string(value).encoded()) == .string(value))
            }
        }
    }

    @Test func `members of an encoded object are spliced in with the commas they need`() {
        for (inner, text) in [
            ("{}", #"{"a":1,"d":2}"#), (#"{"b":1}"#, #"{"a":1,"b":1,"d":2}"#),
            (#"{"b":1,"c":{}}"#, #"{"a":1,"b":1,"c":{},"d":2}"#), ("", #"{"a":1,"d":2}"#),
        ] {
            #expect(
                written {
                    $0.beginObject()
                    $0.member("a", 1)
                    $0.rawMembers(ofObject: Array(inner.utf8))
                    $0.member("d", 2)
                    $0.endObject()
                } == text)
        }
        let first = written {
            $0.beginObject()
            $0.rawMembers(ofObject: Array("{}".utf8))
            $0.rawMembers(ofObject: Array(#"{"b":1}"#.utf8))
            $0.endObject()
        }
        #expect(first == #"{"b":1}"#)
    }

    @Test func `raw values get their commas`() {
        let text = written {
            $0.beginArray()
            $0.raw(Array("{}".utf8))
            $0.raw(Array("1".utf8))
            $0.endArray()
        }
        #expect(text == "[{},1]")
    }
}
