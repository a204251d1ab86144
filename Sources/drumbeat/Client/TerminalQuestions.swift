import Client
import Glibc

/// Questions on the terminal, which standard input and standard output are.
enum TerminalQuestions {
    private static let bytesMax = 4_096

    static func ask(_ question: SetupQuestion) throws(ClientFault) -> String {
        if question.isSecret { return try secret(question) }
        Output.write(question.prompt, to: 1)
        return try line()
    }

    private static func line() throws(ClientFault) -> String {
        var bytes: [UInt8] = []
        while true {
            let byte = try byte()
            if byte == 0x0A { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
            guard bytes.count <= bytesMax else { throw ClientFault("The answer is too long.") }
        }
    }

    /// A line that is not shown. Keys come one by one and without signals, so that Ctrl-C does not leave a terminal that shows nothing.
    private static func secret(_ question: SetupQuestion) throws(ClientFault) -> String {
        var usual = termios()
        guard tcgetattr(0, &usual) == 0 else { throw ClientFault("The terminal cannot hide an answer.") }
        var hidden = usual
        hidden.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(0, TCSADRAIN, &hidden) == 0 else {
            throw ClientFault("The terminal cannot hide an answer.")
        }
        defer {
            tcsetattr(0, TCSADRAIN, &usual)
            Output.write("\n", to: 1)
        }
        Output.write(question.prompt, to: 1)
        var bytes: [UInt8] = []
        while true {
            switch try byte() {
            case 0x0A, 0x0D: return String(decoding: bytes, as: UTF8.self)
            // Ctrl-C, Ctrl-D.
            case 0x03, 0x04: throw ended
            // Backspace; Ctrl-U.
            case 0x08, 0x7F: _ = bytes.popLast()
            case 0x15: bytes = []
            case let byte: bytes.append(byte)
            }
            guard bytes.count <= bytesMax else { throw ClientFault("The answer is too long.") }
        }
    }

    private static func byte() throws(ClientFault) -> UInt8 {
        var byte: UInt8 = 0
        while true {
            let count = read(0, &byte, 1)
            if count == 1 { return byte }
            guard count < 0, errno == EINTR else { throw ended }
        }
    }

    private static var ended: ClientFault {
        ClientFault("The answers ended, so nothing more was done. Run drumbeat init again.")
    }
}
