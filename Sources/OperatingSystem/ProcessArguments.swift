/// The arguments of this process.
public enum ProcessArguments {
    /// Linux allows 6 MiB.
    private static let bytesMax = 8 << 20

    /// The program's name and its arguments; empty when they cannot be read.
    ///
    /// Swift's runtime searches the arguments next to the environment, which it finds through `/proc`. It does not find them if a preloaded
    /// library has set a variable before, because the environment has moved then. The kernel's own list does not depend on that.
    public static let all: [String] = {
        let found = CommandLine.arguments
        return found.isEmpty ? ofKernel() : found
    }()

    private static func ofKernel() -> [String] {
        do throws(FileFault) {
            // Each argument ends with a NUL.
            return try Files.read("/proc/self/cmdline", bytesMax: bytesMax)
                .split(separator: 0, omittingEmptySubsequences: false)
                .dropLast().map { String(decoding: $0, as: UTF8.self) }
        } catch {
            return []
        }
    }
}
