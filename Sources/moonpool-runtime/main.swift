import ContainerRuntime
import Glibc
import LinuxSystem

if InitMode.isWanted(CommandLine.arguments) { InitMode.run(CommandLine.arguments) }

let help = """
  Usage: moonpool-runtime [--root DIR] [--log FILE] [--log-format text|json] COMMAND

    create [--bundle DIR] [--console-socket PATH] [--pid-file FILE] [--init] ID
    start ID
    run [--bundle DIR] [--detach] [--init] ID
    state ID
    kill [--all] ID [SIGNAL]
    delete [--force] ID
    exec [--process FILE | --env NAME=VALUE --cwd DIR --user USER --cap CAP] [--tty] [--detach] ID PROGRAM [ARGUMENT…]
    list [--format json|table] [--quiet]
    ps ID, pause ID, resume ID
    spec [--bundle DIR]
    features

  """

func environment() -> [String] {
  var result: [String] = []
  var next = environ
  while let entry = next.pointee {
    result.append(String(cString: entry))
    next += 1
  }
  return result
}

do {
  let arguments = try Arguments(Array(CommandLine.arguments.dropFirst()))
  Report.log = arguments.globals["log"]
  Report.isJSON = arguments.globals["log-format"] == "json"
  if arguments.globals["version"] != nil {
    print("moonpool-runtime version 0.1.0\nspec: 1.2.0")
    exit(0)
  }
  if arguments.command.isEmpty || arguments.command == "help" || arguments.globals["help"] != nil {
    print(help)
    exit(arguments.command.isEmpty && arguments.globals["help"] == nil ? 1 : 0)
  }
  if arguments.globals["systemd-cgroup"] != nil {
    throw UsageError("--systemd-cgroup is not supported; cgroups are made directly")
  }
  let current = environment()
  if ["create", "run", "exec"].contains(arguments.command) {
    try SealedProgram.reexecute(arguments: CommandLine.arguments, environment: current)
  }
  exit(try Runtime(arguments, environment: current).run())
} catch {
  Report.error("\(error)")
  exit((error as? RuntimeError)?.exitCode == 127 ? 127 : (error as? RuntimeError)?.exitCode == 126 ? 126 : 1)
}
