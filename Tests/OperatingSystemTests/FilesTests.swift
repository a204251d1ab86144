import Glibc
import OperatingSystem
import TestSupport
import Testing

@Suite struct FilesTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/file"
    }

    @Test func `a new file holds its bytes and has its mode`() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        try Files.writeNew(path, bytes, mode: 0o640)
        #expect(try Files.read(path, bytesMax: bytes.count) == bytes)
        #expect(Files.mode(of: path) == 0o640)
        #expect(Files.exists(path))
    }

    @Test func `a file that exists is not written over`() throws {
        try Files.writeNew(path, [1], mode: 0o600)
        let fault = #expect(throws: FileFault.self) { try Files.writeNew(path, [2], mode: 0o600) }
        #expect(fault?.errno == EEXIST)
        #expect(try Files.read(path, bytesMax: 10) == [1])
    }

    @Test func `a link is not written through`() throws {
        #expect(symlink(folder.path + "/elsewhere", path) == 0)
        #expect(throws: FileFault.self) { try Files.writeNew(path, [2], mode: 0o600) }
        #expect(!Files.exists(folder.path + "/elsewhere"))
    }

    @Test func `a file larger than allowed is refused`() throws {
        try Files.writeNew(path, [1, 2, 3], mode: 0o600)
        #expect(try Files.read(path, bytesMax: 3) == [1, 2, 3])
        let fault = #expect(throws: FileFault.self) { try Files.read(path, bytesMax: 2) }
        #expect(fault?.errno == EFBIG)
        #expect(throws: FileFault.self) { try Files.read("/dev/zero", bytesMax: 1 << 20) }
    }

    @Test func `a FIFO is refused at once, and not waited for`() {
        #expect(mkfifo(path, 0o600) == 0)
        let fault = #expect(throws: FileFault.self) { try Files.read(path, bytesMax: 10) }
        #expect(fault?.description == "cannot read \(path): Not a regular file")
    }

    @Test func `a file is ours if no one but root and we may change it`() throws {
        try Files.writeNew(path, [1], mode: 0o644)
        #expect(Files.isOurs(path))
        for mode: mode_t in [0o664, 0o646] {
            #expect(chmod(path, mode) == 0)
            #expect(!Files.isOurs(path))
        }
        #expect(!Files.isOurs(path + "/none"))
    }

    @Test func `a fault names the file and the reason`() {
        let fault = #expect(throws: FileFault.self) { try Files.read("data/none.db", bytesMax: 1) }
        #expect(fault?.description == "cannot open data/none.db: No such file or directory")
        let folderFault = #expect(throws: FileFault.self) { try Files.read(folder.path, bytesMax: 1) }
        #expect(folderFault?.errno == EISDIR)
    }

    @Test func `a file in a folder that is missing cannot be made`() {
        let fault = #expect(throws: FileFault.self) { try Files.writeNew(path + "/file", [1], mode: 0o600) }
        #expect(fault?.errno == ENOENT)
    }

    @Test func `what does not exist has no mode`() {
        #expect(Files.mode(of: path) == nil)
        #expect(!Files.exists(path))
    }
}
