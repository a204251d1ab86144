import Glibc
import OperatingSystem
import Testing

struct ProcessFiguresTests {
    @Test func `what the kernel says of this process is plausible, and a descriptor more is one more`() throws
    {
        let before = ProcessFigures.now()
        #expect(before.cpuSeconds > 0)
        #expect(try #require(before.residentBytes) > 1 << 20)
        let start = try #require(before.startSeconds)
        let now = Double(time(nil))
        #expect(start > now - 86_400 && start <= now + 1)
        let count = try #require(before.openDescriptors)
        #expect(count >= 3 && count < before.descriptorsMax)
        let descriptors = (0..<50).map { _ in open("/dev/null", O_RDONLY) }
        // Other tests open and close theirs meanwhile.
        #expect(try #require(ProcessFigures.now().openDescriptors) >= count + 25)
        for descriptor in descriptors { close(descriptor) }
    }
}
