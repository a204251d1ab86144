// Entry point: runs the command and exits with its code.
import App

Output.occupyMissing()
// Swift's runtime reads the arguments from /proc, so that a bare chroot has not even the program's name.
guard !CommandLine.arguments.isEmpty else {
    Output.error(
        "drumbeat: the arguments cannot be read because /proc is not mounted. Run mount -t proc proc /proc")
    exitNow(.failure)
}
let arguments = Array(CommandLine.arguments.dropFirst())
exitNow(Commands.run(arguments))
