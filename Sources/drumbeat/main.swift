// The roof: the command's name to its code, its result to an exit code.
import App

Output.occupyMissing()
let arguments = Array(CommandLine.arguments.dropFirst())
exitNow(Commands.run(arguments))
