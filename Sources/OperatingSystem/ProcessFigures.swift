import Glibc

/// What the kernel says of this process: the figures that Prometheus' own clients show.
public struct ProcessFigures: Sendable {
    /// When it began, in seconds since 1970-01-01T00:00:00Z; `nil` where `/proc` does not say.
    public let startSeconds: Double?
    /// How long its threads ran, in user space and in the kernel.
    public let cpuSeconds: Double
    /// How many bytes of its memory are in RAM; `nil` where `/proc` does not say.
    public let residentBytes: Int?
    /// How many descriptors are open; `nil` where `/proc` does not say.
    public let openDescriptors: Int?
    /// How many may be.
    public let descriptorsMax: Int

    private static let procBytesMax = 1 << 20

    /// The figures now. Reads a few small files of `/proc`, which are made in memory: no disk is waited for.
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

    /// The second field of `statm`, in pages.
    private static func residentBytes() -> Int? {
        guard let statm = text(of: "/proc/self/statm") else { return nil }
        return statm.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map {
            $0 * sysconf(Int32(_SC_PAGESIZE))
        }
    }

    /// Since Linux 6.2 the folder's size is the number of descriptors; before, they have to be counted.
    private static func openDescriptors() -> Int? {
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0 else { return nil }
        if status.st_size > 0 { return Int(status.st_size) }
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Without ".", ".." and the descriptor that reads the folder.
        return max(0, count - 3)
    }

    /// Field 22 of `stat` counts ticks since the machine's start, which `/proc/stat` gives. It never changes, so it is read once.
    private static let startSeconds: Double? = {
        // The name in field 2 may hold spaces and brackets: what counts comes behind its last bracket.
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
