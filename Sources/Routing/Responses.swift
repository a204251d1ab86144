import HTTP
import JSON
import Model

/// Successful responses.
public enum Responses {
    private static let json = ("Content-Type", "application/json")

    /// An object; `tag` for a resource that can be read again.
    public static func object(
        _ status: Status = .ok, tag: String? = nil, location: String? = nil, noStore: Bool = false,
        _ members: (inout JSONWriter) throws -> Void
    ) rethrows -> Response {
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        try members(&writer)
        writer.endObject()
        return bytes(status, writer.bytes, tag: tag, location: location, noStore: noStore)
    }

    /// An encoded object.
    public static func bytes(
        _ status: Status = .ok, _ body: [UInt8], tag: String? = nil, location: String? = nil,
        noStore: Bool = false,
        link: String? = nil
    ) -> Response {
        var fields: [(name: String, value: String)] = [
            json, ("Cache-Control", noStore ? "no-store" : "no-cache"),
        ]
        if let tag { fields.append(("ETag", tag)) }
        if let location { fields.append(("Location", location)) }
        if let link { fields.append(("Link", link)) }
        return Response(status, fields: fields, body: body)
    }

    public static func notModified(_ tag: String) -> Response {
        Response(.notModified, fields: [("ETag", tag), ("Cache-Control", "no-cache")])
    }

    public static func text(_ body: String, noStore: Bool = false) -> Response {
        Response(
            .ok,
            fields: [
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Cache-Control", noStore ? "no-store" : "no-cache"),
            ], body: Array(body.utf8))
    }

    /// A response without a version counter: the tag is the digest of its body; 304 if the client has it.
    public static func tagged(_ response: Response, for context: RequestContext) -> Response {
        let tag = ETags.body(response.body)
        if context.holds(tag) { return notModified(tag) }
        var response = response
        response.fields.append(("ETag", tag))
        return response
    }

    /// What a response depends on besides its target: the token's scope, `Accept`, or both.
    public enum Vary: String {
        case token = "Authorization"
        case accept = "Accept"
        case tokenAndAccept = "Authorization, Accept"
    }

    /// The response with its `Vary`.
    public static func varying(by vary: Vary, _ response: Response) -> Response {
        var response = response
        response.fields.append(("Vary", vary.rawValue))
        return response
    }

    public static var noContent: Response {
        Response(.noContent)
    }

    static func options(_ allow: [Method]) -> Response {
        Response(.noContent, fields: [("Allow", allow.map(\.rawValue).joined(separator: ", "))])
    }

    /// A page takes no more items after this many bytes: a text of 16 KiB may need six times as many in JSON.
    public static let pageBytesMax = 1 << 20

    /// A page of `found`. One item beyond the limit indicates a next page, whose cursor is the last item. A page of very long items ends
    /// early. Inlinable, as is `list`: otherwise they would not be specialised for the API's items.
    ///
    /// `continuing` is the cursor if all items are shown, but not all were looked for.
    @inlinable public static func page<Item>(
        _ found: [Item], limit: Int, request: Request, tag: String? = nil, continuing: String? = nil,
        cursor: (Item) -> String, _ members: (inout JSONWriter, Item) throws -> Void
    ) rethrows -> Response {
        var shown = 0
        return try list(reserving: min(limit, found.count), request: request, tag: tag) { writer in
            for item in found.prefix(limit) where shown == 0 || writer.bytes.count < pageBytesMax {
                writer.beginObject()
                try members(&writer, item)
                writer.endObject()
                shown += 1
            }
            return shown > 0 && shown < found.count ? cursor(found[shown - 1]) : continuing
        }
    }

    /// The same page as text, a line for each item after `head`.
    public static func textPage<Item>(
        _ found: [Item], limit: Int, request: Request, type: String, tag: String, head: String,
        continuing: String?, cursor: (Item) -> String, _ line: (Item) throws -> String
    ) rethrows -> Response {
        var body = Array(head.utf8)
        var shown = 0
        for item in found.prefix(limit) where shown == 0 || body.count < pageBytesMax {
            body.append(contentsOf: try line(item).utf8)
            body.append(0x0A)
            shown += 1
        }
        let next = shown > 0 && shown < found.count ? cursor(found[shown - 1]) : continuing
        var response = text(type, body, tag: tag)
        if let next { response.fields.append(("Link", link(to: next, of: request))) }
        return response
    }

    /// A text that can be read again.
    public static func text(_ type: String, _ body: [UInt8], tag: String) -> Response {
        Response(
            .ok,
            fields: [
                ("Content-Type", "\(type); charset=utf-8"), ("Cache-Control", "no-cache"), ("ETag", tag),
            ],
            body: body)
    }

    /// `{"items": […], "next": …}` with its `Link`. `next` is the cursor after the last item; a list of very long items ends early, at the
    /// cursor of the last one shown.
    @inlinable public static func list<Item>(
        _ items: [Item], next: String?, request: Request, tag: String? = nil, cursor: (Item) -> String,
        _ members: (inout JSONWriter, Item) throws -> Void
    ) rethrows -> Response {
        var shown = 0
        return try list(reserving: items.count, request: request, tag: tag) { writer in
            for item in items where shown == 0 || writer.bytes.count < pageBytesMax {
                writer.beginObject()
                try members(&writer, item)
                writer.endObject()
                shown += 1
            }
            return shown < items.count ? cursor(items[shown - 1]) : next
        }
    }

    /// `items` writes the items and returns the cursor of the next page.
    @usableFromInline static func list(
        reserving count: Int, request: Request, tag: String?,
        _ items: (inout JSONWriter) throws -> String?
    ) rethrows -> Response {
        var writer = JSONWriter(reserving: 256 + 1_024 * count)
        writer.beginObject()
        writer.name("items")
        writer.beginArray()
        let next = try items(&writer)
        writer.endArray()
        writer.member("next", next)
        writer.endObject()
        return bytes(.ok, writer.bytes, tag: tag, link: next.map { link(to: $0, of: request) })
    }

    /// RFC 8288: the same request with `after` set to the cursor.
    private static func link(to next: String, of request: Request) -> String {
        let kept =
            request.target.query.filter { $0.name != "after" } + [QueryItem(name: "after", value: next)]
        let query = kept.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }.joined(
            separator: "&")
        return "<\(request.target.rawPath)?\(query)>; rel=\"next\""
    }

    public static func percentEncoded(_ text: String) -> String {
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                encoded.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                encoded += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
