// Entry point: runs the command and exits with its code.
import App
import OperatingSystem

Output.occupyMissing()
// Swift's runtime and the kernel's list need /proc, so that a bare chroot has not even the program's name.
guard !ProcessArguments.all.isEmpty else {
    Output.error(
        "drumbeat: the arguments cannot be read because /proc is not mounted. Run mount -t proc proc /proc")
    exitNow(.failure)
}
let arguments = Array(ProcessArguments.all.dropFirst())
exitNow(Commands.run(arguments))
