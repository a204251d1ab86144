import Glibc

/// Figures of this process from the kernel: the `process_…` metrics of Prometheus' client libraries.
public struct ProcessFigures: Sendable {
    /// Start of the process, in seconds since 1970-01-01T00:00:00Z; `nil` if `/proc` does not provide it.
    public let startSeconds: Double?
    /// CPU time of all threads, user and system.
    public let cpuSeconds: Double
    /// Resident memory; `nil` if `/proc` does not provide it.
    public let residentBytes: Int?
    /// Number of open descriptors; `nil` if `/proc` does not provide it.
    public let openDescriptors: Int?
    /// The limit on open descriptors.
    public let descriptorsMax: Int

    private static let procBytesMax = 1 << 20

    /// The current figures. Reads a few small files of `/proc`, which the kernel generates in memory, so no disk access is needed.
    public static func now() -> ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return ProcessFigures(
            startSeconds: startSeconds, cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: residentBytes(), openDescriptors: openDescriptors(),
            descriptorsMax: Int(min(limit.rlim_cur, rlim_t(Int.max))))
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }

    /// Field 2 of `statm`, in pages.
    private static func residentBytes() -> Int? {
        guard let statm = text(of: "/proc/self/statm") else { return nil }
        return statm.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map {
            $0 * sysconf(Int32(_SC_PAGESIZE))
        }
    }

    /// Since Linux 6.2 the folder's size is the number of descriptors; before that they must be counted.
    private static func openDescriptors() -> Int? {
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0 else { return nil }
        if status.st_size > 0 { return Int(status.st_size) }
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Excludes ".", ".." and the descriptor that reads the folder.
        return max(0, count - 3)
    }

    /// From field 22 of `stat`, in clock ticks since boot, and the boot time in `/proc/stat`. Constant, so it is read once.
    private static let startSeconds: Double? = {
        // The name in field 2 may contain spaces and brackets, so parsing starts after its last bracket.
        guard let stat = text(of: "/proc/self/stat"), let bracket = stat.lastIndex(of: ")"),
            let ticks = stat[bracket...].split(separator: " ").dropFirst(20).first.flatMap({ Double($0) }),
            let machine = text(of: "/proc/stat"),
            let line = machine.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let boot = Double(line.dropFirst(6))
        else { return nil }
        return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func text(of path: String) -> String? {
        (try? Files.read(path, bytesMax: procBytesMax)).map { String(decoding: $0, as: UTF8.self) }
    }
}
