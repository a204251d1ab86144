import TestSupport
import Testing

/// Tasks of another program, in Python.
extension Python {
    /// Runs statements on a database without Drumbeat's triggers, which are dropped and created again.
    static func change(_ database: String, _ statements: String...) throws {
        let script = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers: connection.execute(f'DROP TRIGGER "{name}"')
            for statement in sys.argv[2:]: connection.execute(statement)
            for _, sql in triggers: connection.execute(sql)
            """
        let run = try Child.run([plain, "-c", script, database] + statements, in: "/tmp")
        try #require(run.ending == .exited(0), "\(run.errors)")
    }

    /// Holds a database's write lock in another process until `closeInput` is called.
    static func lock(_ database: String) throws -> Child {
        let script = """
            import sqlite3, sys
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            connection.execute("BEGIN IMMEDIATE")
            print("locked", flush=True)
            sys.stdin.read()
            connection.execute("ROLLBACK")
            print("free", flush=True)
            """
        let child = try Child([plain, "-c", script, database], in: "/tmp")
        try #require(child.output.line { $0 == "locked" } != nil, "\(child.errors.text)")
        return child
    }

    /// Verifies a delivery with the PyPI package `standardwebhooks`, as a receiver would: `nil` if it is valid, else the reason.
    static func objection(to message: Receiver.Request, secret: String) throws -> String? {
        let script = """
            import sys
            from standardwebhooks.webhooks import Webhook
            secret, id, timestamp, signature = sys.argv[1:]
            headers = {"webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature}
            Webhook(secret).verify(sys.stdin.buffer.read(), headers)
            """
        let words = [
            try withPackages(), "-c", script, secret, message.id, message.field("webhook-timestamp"),
            message.field("webhook-signature"),
        ]
        let run = try Child.run(words, in: "/tmp", input: String(decoding: message.body, as: UTF8.self))
        return run.ending == .exited(0) ? nil : run.errors
    }

    /// Parses a page of metrics with the PyPI package `prometheus_client`, as a scraper would. Returns the samples, and any violations.
    static func samples(of page: String) throws -> (samples: [String: Double], objections: String) {
        let script = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            for family in text_string_to_metric_families(sys.stdin.read()):
                for sample in family.samples:
                    labels = ",".join(f"{name}={value}" for name, value in sample.labels.items())
                    print(f"{sample.name}{{{labels}}} {sample.value}")
            """
        let run = try Child.run([try withPackages(), "-c", script], in: "/tmp", input: page)
        var samples: [String: Double] = [:]
        for line in run.output.split(separator: "\n") {
            guard let gap = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<gap])] = Double(line[line.index(after: gap)...])
        }
        return (samples, run.ending == .exited(0) ? "" : run.errors)
    }
}
