import JSON
import LinuxSystem
import Plans

/// Mounts of the host; those of a container are its first process's.
extension MountStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let path = try target.get()
    guard let place = try context.place(path).open([.path, .directory, .noFollow]) else {
      throw PlanFailure(.notFound, "there is no directory \(path) to mount on")
    }
    if try isMountPoint(path) { return StepRecord(made: false) }
    let data = options.filter { Self.flag($0) == nil }.joined(separator: ",")
    var flags = options.compactMap(Self.flag).reduce(into: Mount.Flags()) { $0.formUnion($1) }
    if type == "bind" { flags.formUnion([.bind, .recursive]) }
    try Mount.mount(
      try source?.get() ?? type, on: place.procPath, type: type == "bind" ? nil : type, flags,
      data: data.isEmpty ? nil : data)
    if readOnly != nil {
      guard let made = try context.place(path).open([.path, .directory, .noFollow]) else {
        return StepRecord(made: true)
      }
      try Mount.mount(nil, on: made.procPath, [.remount, .bind, .readOnly])
    }
    return StepRecord(made: true)
  }

  private static func flag(_ option: String) -> Mount.Flags? {
    switch option {
    case "ro": .readOnly
    case "nosuid": .noSetUserID
    case "nodev": .noDevices
    case "noexec": .noExecute
    case "noatime": .noAccessTime
    case "relatime": .relativeAccessTime
    default: nil
    }
  }

  private func isMountPoint(_ path: String) throws -> Bool {
    try File.readText("/proc/thread-self/mountinfo", limit: 64 << 20).split(separator: "\n").contains { line in
      let fields = line.split(separator: " ", maxSplits: 5)
      return fields.count > 4 && fields[4] == path
    }
  }

  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {
    let path = try target.get()
    guard record?.made ?? false, try isMountPoint(path) else { return }
    try Mount.unmount(path, detach: true)
  }

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    try isMountPoint(try target.get()) ? .equal : .missing
  }
}
