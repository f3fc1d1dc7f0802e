import LinuxSystem

/// The directories of one daemon, and its identity.
struct DataLayout: Sendable {
  let dataRoot: String
  let execRoot: String

  init(_ configuration: EngineConfiguration) {
    dataRoot = configuration.dataRoot
    execRoot = configuration.execRoot
  }

  var records: String { "\(dataRoot)/records" }

  func make() throws {
    for directory in [dataRoot, "\(dataRoot)/containers", execRoot, "\(execRoot)/containers"] {
      try Directory.makeAll(directory, mode: 0o711)
    }
    try Directory.makeAll(records, mode: 0o700)
    try rememberExecRoot()
  }

  /// The shims of running containers are found below the exec root: with another one they would be taken for dead.
  private func rememberExecRoot() throws {
    let path = "\(dataRoot)/exec-root"
    if FileStatus.exists(path) {
      let former = String(try File.readText(path).prefix { $0 != "\n" })
      let running = (try? Directory.names("\(former)/containers")) ?? []
      guard former == execRoot || running.isEmpty else {
        throw EngineError(
          .conflict,
          "containers of the data root \(dataRoot) are running under the exec root \(former): start with --exec-root \(former)"
        )
      }
    }
    try File.replace(path, with: Array((execRoot + "\n").utf8))
  }

  /// 64 hexadecimal digits, made at the first start: marks everything this daemon makes on the machine.
  func daemonID() throws -> String {
    let path = "\(dataRoot)/engine-id"
    if FileStatus.exists(path) {
      let text = try File.readText(path).prefix { $0 != "\n" }
      if text.utf8.count == 64 { return String(text) }
    }
    let id = RandomID.make()
    try File.replace(path, with: Array((id + "\n").utf8), mode: 0o600, durability: .machine)
    return id
  }
}
