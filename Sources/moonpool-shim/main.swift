import Glibc
import Shim

exit(ShimProgram.main(CommandLine.arguments))
