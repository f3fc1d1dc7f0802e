internal import EngineAPI
internal import EngineClient
internal import JSON

enum InfoCommand: CommandDefinition {
  static var command: Command {
    Command(
      summary: "Display system-wide information", synopsis: "[OPTIONS]", arguments: .none,
      flags: [InspectCommand.format]
    ) { invocation in
      let session = invocation.session
      let info = try session.client().json(Request(.get, "/info"))
      let format = invocation.flags.string("format")
      if format == "json" {
        session.output.print(JSON.text(info))
      } else if !format.isEmpty {
        session.output.print(try Template(Listing.unescaped(format)).render(info))
      } else {
        show(info, session)
      }
      return 0
    }
  }

  private static func show(_ info: JSONValue, _ session: Session) {
    let output = session.output
    output.print("Client:")
    output.print(" Version:    \(VersionCommand.version)")
    output.print(" Context:    \(session.currentContext())")
    output.print("\nServer:")
    for (title, key) in [
      ("Containers", "Containers"), (" Running", "ContainersRunning"), (" Paused", "ContainersPaused"),
      (" Stopped", "ContainersStopped"), ("Images", "Images"), ("Server Version", "ServerVersion"),
      ("Storage Driver", "Driver"),
    ] { line(title, info[key], output) }
    for pair in info["DriverStatus"]?.arrayValue ?? [] {
      output.print("  \(pair[0]?.stringValue ?? ""): \(pair[1]?.stringValue ?? "")")
    }
    for (title, key) in [
      ("Logging Driver", "LoggingDriver"), ("Cgroup Driver", "CgroupDriver"), ("Cgroup Version", "CgroupVersion"),
    ] { line(title, info[key], output) }
    if let plugins = info["Plugins"]?.objectValue {
      output.print(" Plugins:")
      for (kind, names) in plugins {
        let list = (names.arrayValue ?? []).compactMap(\.stringValue)
        if !list.isEmpty { output.print("  \(kind): \(list.joined(separator: " "))") }
      }
    }
    if let runtimes = info["Runtimes"]?.objectValue {
      output.print(" Runtimes: \(runtimes.keys.joined(separator: " "))")
    }
    line("Default Runtime", info["DefaultRuntime"], output)
    if let options = info["SecurityOptions"]?.arrayValue {
      output.print(" Security Options:")
      for option in options.compactMap(\.stringValue) {
        let parts = option.split(separator: ",").map { $0.hasPrefix("name=") ? String($0.dropFirst(5)) : String($0) }
        output.print("  \(parts.first ?? "")")
        for part in parts.dropFirst() { output.print("   \(part.substituting("=", with: ": "))") }
      }
    }
    for (title, key) in [
      ("Kernel Version", "KernelVersion"), ("Operating System", "OperatingSystem"), ("OSType", "OSType"),
      ("Architecture", "Architecture"), ("CPUs", "NCPU"),
    ] { line(title, info[key], output) }
    if let memory = info["MemTotal"]?.integerValue { output.print(" Total Memory: \(ByteSize.binary(memory))") }
    for (title, key) in [
      ("Name", "Name"), ("ID", "ID"), ("Docker Root Dir", "DockerRootDir"), ("Debug Mode", "Debug"),
      ("Live Restore Enabled", "LiveRestoreEnabled"),
    ] { line(title, info[key], output) }
    output.print()
    output.flush()
    for warning in info["Warnings"]?.arrayValue ?? [] { session.errors.print(warning.stringValue ?? "") }
  }

  private static func line(_ title: String, _ value: JSONValue?, _ output: TextWriter) {
    guard let value, !value.isNull, value.stringValue != "" else { return }
    output.print(" \(title): \(GoFormat.text(value))")
  }
}
