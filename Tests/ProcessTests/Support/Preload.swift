import Glibc
import TestSupport
import Testing

/// Libraries for `LD_PRELOAD`, compiled from C.
enum Preload {
    /// The path of the compiled library.
    static func library(_ source: String, in folder: TemporaryFolder) throws -> String {
        try folder.write("preload.c", source)
        let run = try Child.run(
            ["gcc", "-shared", "-fPIC", "-O1", "-o", "preload.so", "preload.c"], in: folder.path)
        try #require(run.ending == .exited(0), "\(run.errors)")
        return folder.file("preload.so")
    }
}

/// The clocks of a service process: a preloaded library moves what it reads, by the seconds in a file that the test writes.
///
/// Only what the service reads as wall clock moves, and, to let ten minutes pass at once, the time since boot. The kernel's timers, by
/// which threads sleep, do not.
struct MovedClocks {
    private static let source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/syscall.h>
        #include <sys/time.h>
        #include <time.h>
        #include <unistd.h>

        static void read_steps(long long *wall, long long *boot) {
            char text[64] = {0};
            const char *path = getenv("MOVED_CLOCKS");
            int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
            *wall = *boot = 0;
            if (file < 0) return;
            if (read(file, text, sizeof text - 1) > 0) sscanf(text, "%lld %lld", wall, boot);
            close(file);
        }

        int clock_gettime(clockid_t id, struct timespec *time) {
            long long wall, boot;
            int result = syscall(SYS_clock_gettime, id, time);
            if (result != 0) return result;
            if (id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE && id != CLOCK_BOOTTIME) return 0;
            read_steps(&wall, &boot);
            time->tv_sec += id == CLOCK_BOOTTIME ? boot : wall;
            return 0;
        }

        time_t time(time_t *result) {
            struct timespec now;
            clock_gettime(CLOCK_REALTIME, &now);
            if (result) *result = now.tv_sec;
            return now.tv_sec;
        }

        int gettimeofday(struct timeval *result, void *zone) {
            struct timespec now;
            (void)zone;
            clock_gettime(CLOCK_REALTIME, &now);
            result->tv_sec = now.tv_sec;
            result->tv_usec = now.tv_nsec / 1000;
            return 0;
        }
        """

    private let folder: TemporaryFolder

    /// Lets the next starts of a service read moved clocks.
    init(of service: Drumbeat) throws {
        folder = service.folder
        service.settings["LD_PRELOAD"] = try Preload.library(MovedClocks.source, in: folder)
        service.settings["MOVED_CLOCKS"] = folder.file("clocks")
        try move(wall: 0)
    }

    /// Moves the clocks by seconds from the true time, both at once.
    func move(wall: Int, boot: Int = 0) throws {
        let new = try folder.write("clocks.new", "\(wall) \(boot)\n")
        try #require(rename(new, folder.file("clocks")) == 0)
    }
}
