// The roof: the command's name to its code, its result to an exit code.
import App

Output.occupyMissing()
// Swift's runtime reads them from /proc, so that in a bare chroot there is not even the program's own name.
guard !CommandLine.arguments.isEmpty else {
    Output.error(
        "drumbeat: the arguments cannot be read because /proc is not mounted. Run mount -t proc proc /proc")
    exitNow(.failure)
}
let arguments = Array(CommandLine.arguments.dropFirst())
exitNow(Commands.run(arguments))
