// Entry point: runs the command and exits with its code.
import App

Output.occupyMissing()
// Swift's runtime reads the arguments from /proc, so that a bare chroot has not even the program's name.
guard !CommandLine.arguments.isEmpty else {
    Output.error("drumbeat: its arguments cannot be read, as /proc is not there: mount -t proc proc /proc")
    exitNow(.failure)
}
let arguments = Array(CommandLine.arguments.dropFirst())
exitNow(Commands.run(arguments))
