import Glibc

/// The lock of a database: a separate file, locked from open to close by one service.
///
/// Not the database itself: closing any descriptor of that file would release SQLite's locks. `flock` ends with the process, so the file
/// of a killed process is unlocked. It is never deleted: between a check and the deletion another service could lock it.
final class LockFile {
    private var descriptor: Int32

    private init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        release()
    }

    /// Takes the lock without waiting, and writes this process's id for the message of the next one.
    static func take(for file: DatabaseFile) throws(OpenFault) -> LockFile {
        let path = file.path + ".lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw file.unusable("its lock \(path) cannot be opened", errno) }
        let lock = LockFile(descriptor: descriptor)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            guard code == EWOULDBLOCK else { throw file.unusable("its lock \(path) cannot be taken", code) }
            throw .inUse(file: file.named, process: lock.holder())
        }
        // For messages only: a full disk must not prevent the start.
        _ = ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = pwrite(descriptor, text, text.count, 0)
        return lock
    }

    /// Releases the lock. Idempotent.
    func release() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    /// The process id in the file; `nil` when there is none (yet).
    private func holder() -> Int32? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 1, bytes[count - 1] == UInt8(ascii: "\n") else { return nil }
        let digits = bytes.prefix(count - 1)
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return Int32(String(decoding: digits, as: UTF8.self))
    }
}
