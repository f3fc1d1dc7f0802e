internal import Commands
internal import Glibc

exit(CommandLineProgram.run(Array(CommandLine.arguments.dropFirst())))
