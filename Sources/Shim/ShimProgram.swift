internal import CLinux
internal import ContainerRuntime
internal import LinuxSystem
internal import ShimProtocol

/// The main of `moonpool-shim`.
///
///     moonpool-shim run [ID]       keeps one container; see LaunchDescriptor for what it is started with
///     docker-init PATH -- argv…    the program of --init, inside the container
public enum ShimProgram {
  public static func main(_ arguments: [String]) -> Int32 {
    if InitMode.isWanted(arguments) { InitMode.run(arguments) }
    if arguments.count == 2, arguments[1] == "--version" {
      print("moonpool-shim, protocol \(ShimHello.protocolVersion)")
      return 0
    }
    guard arguments.count >= 2, arguments[1] == "run" else {
      complain("usage: moonpool-shim run [ID], started by moonpoold")
      return 2
    }
    do {
      // The program a container could reach by /proc/PID/exe is never the file on disk (CVE-2019-5736). Free when the
      // daemon has launched it from a sealed file already.
      try SealedProgram.reexecute(arguments: arguments)
      try prepareProcess()
      let shim = try ContainerShim(
        spec: try readSpec(), control: try owned(LaunchDescriptor.control),
        listener: try owned(LaunchDescriptor.listener))
      protectFromOOM(shim.spec)
      try shim.run()
      return 0
    } catch {
      report("\(error)")
      return 1
    }
  }

  private static func prepareProcess() throws(SystemError) {
    // Started without standard streams: their numbers must not become those of something else.
    let getFlags: Int32 = 1
    for number: Int32 in 0...2 where cl_fcntl(number, getFlags, 0) < 0 {
      let null = try OwnedDescriptor.open("/dev/null", .readWrite).release()
      if null != number { _ = cl_close(null) }
    }
    let setName: Int32 = 15
    let setDumpable: Int32 = 4
    _ = "moonpool-shim".withCString { cl_prctl(setName, UInt(bitPattern: $0), 0, 0, 0) }
    // Nobody traces it or reads its memory, which has held the environment of containers.
    _ = cl_prctl(setDumpable, 0, 0, 0, 0)
    // Writes to what nobody reads are answered by EPIPE. Ends of sessions and terminals are not its business.
    for signal in [Signal.hangup, .interrupt, Signal(13)] { _ = cl_ignore_signal(signal.rawValue) }
  }

  private static func protectFromOOM(_ spec: LaunchSpec) {
    // Lowering needs CAP_SYS_RESOURCE; without it the shim is killed no earlier than others.
    try? File.writeOnce("\(spec.shimOOMScoreAdjust ?? -999)", to: "/proc/self/oom_score_adj")
  }

  private static func readSpec() throws -> LaunchSpec {
    let memory = try owned(LaunchDescriptor.spec)
    return try LaunchSpec(decoding: try File.read(memory.procPath, limit: 64 << 20))
  }

  /// Takes over a descriptor that the shim was started with.
  private static func owned(_ number: Int32) throws(SystemError) -> OwnedDescriptor {
    let setFlags: Int32 = 2
    let closeOnExec = 1
    try check(cl_fcntl(number, setFlags, closeOnExec), "descriptor \(number)")
    return OwnedDescriptor(owning: number)
  }

  /// Tells the daemon that launched it, which otherwise would only see the connection end.
  private static func report(_ message: String) {
    complain(message)
    let event = ShimMessage.event(.failed(ShimProtocolError(.system, message, step: "shim")))
    _ = try? ShimSocket.send(event, on: LaunchDescriptor.control)
  }

  private static func complain(_ message: String) {
    try? OwnedDescriptor.writeAll(Array("moonpool-shim: \(message)\n".utf8), to: 2)
  }
}
