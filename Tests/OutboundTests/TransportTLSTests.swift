import Journal
import Outbound
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1)))
struct TransportTLSTests {
    /// A receiver behind TLS whose self-signed certificate names whom the test wants.
    private final class TLSReceiver {
        let url: String
        let certificate: String
        private let python: Child

        init(name: String, version: String = "1.3") throws {
            python = try Child([Python.plain, "-c", TLSReceiver.script, name, version], in: "/tmp")
            let words = try #require(
                python.output.line { _ in true }, "the TLS receiver needs the openssl command"
            ).split(
                separator: " ")
            try #require(words.count == 2)
            url = "https://127.0.0.1:\(words[0])/hook"
            certificate = String(words[1])
        }

        deinit {
            // By this it learns to end, and removes its files.
            python.closeInput()
            _ = python.wait()
        }

        private static let script = """
            import os, shutil, socket, ssl, subprocess, sys, tempfile, threading
            name, version = sys.argv[1:]
            folder = tempfile.mkdtemp()
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "1", "-subj", "/CN=test", "-addext", "subjectAltName=" + name, "-keyout", key, "-out",
                certificate], check=True, stderr=subprocess.DEVNULL)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            if version == "1.1":
                context.set_ciphers("ALL:@SECLEVEL=0")
                context.minimum_version = ssl.TLSVersion.TLSv1
                context.maximum_version = ssl.TLSVersion.TLSv1_1
            if version == "1.2":
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            server = socket.create_server(("127.0.0.1", 0))
            def serve(plain):
                try:
                    with context.wrap_socket(plain, server_side=True) as connection:
                        while connection.recv(4096)[-2:] != b"{}": pass
                        connection.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
                except OSError:
                    plain.close()
            def accept():
                while True:
                    threading.Thread(target=serve, args=[server.accept()[0]], daemon=True).start()
            threading.Thread(target=accept, daemon=True).start()
            print(server.getsockname()[1], certificate, flush=True)
            sys.stdin.read()
            shutil.rmtree(folder)
            os._exit(0)
            """
    }

    @Test(arguments: ["1.2", "1.3"])
    func `a certificate of the operator's authority is trusted`(version: String) async throws {
        let receiver = try TLSReceiver(name: "IP:127.0.0.1", version: version)
        let result = try await transport(caFile: receiver.certificate).deliver(message(to: receiver.url))
        #expect(result == .answered(status: 200, retryAfter: nil, excerpt: "ok"))
    }

    @Test func `a self-signed certificate is not trusted`() async throws {
        let receiver = try TLSReceiver(name: "IP:127.0.0.1")
        let result = try await transport().deliver(message(to: receiver.url))
        #expect(result.failure.contains("certificate"), "\(result)")
    }

    @Test func `a certificate for another name is not trusted`() async throws {
        let receiver = try TLSReceiver(name: "DNS:other.example")
        let result = try await transport(caFile: receiver.certificate).deliver(message(to: receiver.url))
        #expect(result.failure.contains("127.0.0.1"), "\(result)")
    }

    @Test func `TLS before 1.2 is not spoken`() async throws {
        let receiver = try TLSReceiver(name: "IP:127.0.0.1", version: "1.1")
        let result = try await transport(caFile: receiver.certificate).deliver(message(to: receiver.url))
        #expect(result.failure.contains("tlsv1 alert protocol version"), "\(result)")
    }

    @Test func `a receiver that closes in the middle of TLS has not answered`() async throws {
        let receiver = try Receiver(keeping: .never) { $0.waitForBytes() }
        let result = try await transport().deliver(message(to: receiver.url(scheme: "https")))
        #expect(result.failure.contains("SSL"), "\(result)")
    }

    @Test func `a receiver that never goes on with TLS is given up when connecting takes too long`()
        async throws
    {
        let receiver = try Receiver(keeping: .never) { $0.waitForClose() }
        let transport = try transport(timeouts: .init(connect: .milliseconds(300), total: .seconds(50)))
        let result = await transport.deliver(message(to: receiver.url(scheme: "https")))
        #expect(result.failure.hasPrefix("no connection to the target within 300ms"), "\(result)")
    }

    @Test func `a file without certificates fails the delivery`() async throws {
        let receiver = try TLSReceiver(name: "IP:127.0.0.1")
        let result = try await transport(caFile: "/nonexistent.pem").deliver(message(to: receiver.url))
        #expect(result.failure.contains("certificate"), "\(result)")
    }
}
