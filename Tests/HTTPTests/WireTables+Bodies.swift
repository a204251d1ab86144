extension WireTables {
    /// H2, H3, H18.
    static let lengths: [WireCase] = [
        .post("Content-Length: 5\r\n", "hello", "POST / 5"),
        .post("Content-Length: 5\r\n", "hell", "more"),
        .post("Content-Length: 5\r\n", "hello\r\n", "POST / 5 | more"),
        .post("Content-Length: 0\r\n", "", "POST / 0"),
        .post("content-length:\t5\t\r\n", "hello", "POST / 5"),
        .post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello", "400"),
        .post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello", "400"),
        .post("Content-Length: 5, 5\r\n", "hello", "400"),
        .post("Content-Length: 5,6\r\n", "hello", "400"),
        .post("Content-Length: 5,\r\n", "hello", "400"),
        .post("Content-Length: +5\r\n", "hello", "400"),
        .post("Content-Length: -0\r\n", "", "400"),
        .post("Content-Length: -5\r\n", "hello", "400"),
        .post("Content-Length: 0x5\r\n", "hello", "400"),
        .post("Content-Length: 5e1\r\n", "hello", "400"),
        .post("Content-Length: 5.0\r\n", "hello", "400"),
        .post("Content-Length:\r\n", "hello", "400"),
        .post("Content-Length: \"\"\r\n", "hello", "400"),
        .post("Content-Length: \"5\"\r\n", "hello", "400"),
        .post("Content-Length: 1_0\r\n", "hello", "400"),
        .post("Content-Length: ٥\r\n", "hello", "400"),
        .post("Content-Length: ５\r\n", "hello", "400"),
        .post("Content-Length: 5 5\r\n", "hello", "400"),
        .post("Content-Length: 005\r\n", "hello", "400"),
        .post("Content-Length: 00\r\n", "", "400"),
        .post("Content-Length: 5\u{0B}\r\n", "hello", "400"),
        .post("Content-Length: 5\u{A0}\r\n", "hello", "400"),
        .post("Content-Length: 1000000000000000000\r\n", "", "400"),
        .post("Content-Length: 99999999999999999999999999\r\n", "", "400"),
        .post("Content-Length: 999999999999999999\r\n", "", "413"),
        .post("Content-Length: 262145\r\n", "", "413"),
        .post("Content-Length: 262144\r\n", "", "more"),
    ]

    /// H4.
    static let codings: [WireCase] =
        [
            "identity", "gzip, chunked", "chunked, chunked", ",chunked", "chunked,", "\"chunked\"",
            "chunked;q=1",
            "xchunked", "chunkedx", "", "chunked, identity", "gzip", "chun ked", "chunked\u{0B}", "ſhunked",
            "chunKed ,",
        ].map { .post("Transfer-Encoding: \($0)\r\n", "0\r\n\r\n", "400") } + [
            .post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n", "400"),
            .post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n", "400"),
            .post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n", "400"),
            .post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n", "POST / 0"),
            .post("Transfer-Encoding: \t chunked \t\r\n", "0\r\n\r\n", "POST / 0"),
        ]

    /// H19, H20, H21.
    static let chunks: [WireCase] = [
        .chunked("5\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "POST / 5"),
        .chunked("00000005\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("A\r\n0123456789\r\n00\r\n\r\n", "POST / 10"),
        .chunked("a\r\n0123456789\r\n0\r\n\r\n", "POST / 10"),
        .chunked("2\r\n\r\n\r\n0\r\n\r\n", "POST / 2"),
        .chunked("0\r\n", "more"),
        .chunked("5\r\nhello\r\n0\r\n", "more"),
        .chunked("000000005\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("FFFFFFFFF\r\n", "400"),
        .chunked("FFFFFFFFFFFFFFFF5\r\n", "400"),
        .chunked("FFFFFFFF\r\n", "413"),
        .chunked("40001\r\n", "413"),
        .chunked("+5\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("-5\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("0x5\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5_0\r\n", "400"),
        .chunked(" 5\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5 \r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5\t\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("g\r\n", "400"),
        .chunked("５\r\n", "400"),
        .chunked("5\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5\rhello\r\n0\r\n\r\n", "400"),
        .chunked("5\r\nhello\n0\r\n\r\n", "400"),
        .chunked("5\r\nhello0\r\n\r\n", "400"),
        .chunked("5\r\nhelloXX0\r\n\r\n", "400"),
        .chunked("5\r\nhello\rX0\r\n\r\n", "400"),
        .chunked("5\r\nhello\r\n0\n\r\n", "400"),
        .chunked("5\r\nhello\r\n0\r\n\n", "400"),
        .chunked("5;a\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("5;a=b\r\nhello\r\n0;c\r\n\r\n", "POST / 5"),
        .chunked("5;a=\"b;\\\"\\r c\"\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("5;a;b=c;d=\"e\"\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("5;\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a=\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;=b\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5; a\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5 ;a\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a b\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a=b=c\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a\rX\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked("5;" + String(repeating: "a", count: 255) + "\r\nhello\r\n0\r\n\r\n", "POST / 5"),
        .chunked("5;" + String(repeating: "a", count: 256) + "\r\nhello\r\n0\r\n\r\n", "400"),
        .chunked(
            String(
                repeating: "10;" + String(repeating: "a", count: 250) + "\r\n0123456789abcdef\r\n", count: 16)
                + "0\r\n\r\n", "POST / 256"),
        .chunked(
            String(
                repeating: "10;" + String(repeating: "a", count: 250) + "\r\n0123456789abcdef\r\n", count: 17)
                + "0\r\n\r\n", "400"),
        .chunked(String(repeating: "1\r\na\r\n", count: 64) + "0\r\n\r\n", "POST / 64"),
        .chunked(String(repeating: "1\r\na\r\n", count: 65) + "0\r\n\r\n", "400"),
    ]

    /// H22.
    static let trailers: [WireCase] = [
        .chunked("0\r\nX: y\r\n\r\n", "POST / 0"),
        .chunked(
            "0\r\nContent-Length: 5\r\nHost: b\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / 0 | GET / 0"
        ),
        .chunked("0\r\nX y\r\n\r\n", "400"),
        .chunked("0\r\nX : y\r\n\r\n", "400"),
        .chunked("0\r\n X: y\r\n\r\n", "400"),
        .chunked("0\r\nX: y\r\n z\r\n\r\n", "400"),
        .chunked("0\r\nX: y\n\r\n", "400"),
        .chunked("0\r\nX: y\rz\r\n\r\n", "400"),
        .chunked("0\r\nX: \0\r\n\r\n", "400"),
        .chunked("0\r\n" + String(repeating: "X: y\r\n", count: 16) + "\r\n", "POST / 0"),
        .chunked("0\r\n" + String(repeating: "X: y\r\n", count: 17) + "\r\n", "431"),
        .chunked("0\r\nX:" + String(repeating: "y", count: 4_092) + "\r\n\r\n", "POST / 0"),
        .chunked("0\r\nX:" + String(repeating: "y", count: 4_093) + "\r\n\r\n", "431"),
    ]

    /// H25, H26: one after the other, and nothing after a fault.
    static let connections: [WireCase] = [
        WireCase(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /1 0 | GET /2 0"),
        WireCase("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2", "GET /1 0 | more"),
        WireCase(
            "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /1 0 | GET /2 0"),
        WireCase("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nX\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /1 0 | 400"),
        WireCase("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "400"),
        .post(
            "Content-Length: 5\r\n", "helloPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
            "POST / 5 | POST /2 1"),
        .post(
            "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / 5 | GET /2 0"),
        .post("Content-Length: 4\r\n", "helloGET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / 4 | 501"),
    ]

    /// H17, each limit at its edge and one over.
    static let sizes: [WireCase] = {
        let path = "/" + String(repeating: "a", count: 8_192 - 14)
        let longLine = "X:" + String(repeating: "y", count: 8_190) + "\r\n"
        return [
            .target(path, "GET \(path) 0"),
            .target(path + "a", "414"),
            WireCase("GET " + path + "aaaaaaaaaaaaaaa", "414"),
            WireCase(String(repeating: "A", count: 8_193), "414"),
            WireCase(String(repeating: "A", count: 8_192) + "\r\n", "400"),
            .get(longLine, "GET / 0"),
            .get("Y" + longLine, "431"),
            WireCase("GET / HTTP/1.1\r\nHost: a\r\nX:" + String(repeating: "y", count: 8_191), "431"),
            // `Host: a` with its CRLF has 9 bytes; 16,384 in all.
            .get(longLine + "X:" + String(repeating: "y", count: 8_177) + "\r\n", "GET / 0"),
            .get(longLine + "X:" + String(repeating: "y", count: 8_178) + "\r\n", "431"),
            .get(longLine + longLine + "X: y\r\n", "431"),
            .get(String(repeating: "X: y\r\n", count: 99), "GET / 0"),
            .get(String(repeating: "X: y\r\n", count: 100), "431"),
        ]
    }()
}
