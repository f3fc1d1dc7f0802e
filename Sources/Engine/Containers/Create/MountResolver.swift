import EngineAPI

/// Turns what a request says about mounts (`Binds`, `Mounts`, `Tmpfs`, `Volumes`, `VolumesFrom`) into one list by
/// destination: a pure function, apart from the names of anonymous volumes.
struct MountResolver {
  let config: ContainerConfig
  let host: HostConfig
  /// The mounts of the containers that `VolumesFrom` names, with that entry's mode ("ro", "rw" or "").
  let inherited: [(mounts: [MountRecord], mode: String)]

  func resolve() throws(EngineError) -> [MountRecord] {
    var byDestination: [String: MountRecord] = [:]
    for (mounts, mode) in inherited {
      for var mount in mounts {
        if !mode.isEmpty {
          mount.readOnly = mode.contains("ro")
          mount.mode = mode
        }
        mount.anonymous = false
        byDestination[mount.destination] = mount
      }
    }
    var explicit: Set<String> = []
    func add(_ mount: MountRecord) throws(EngineError) {
      guard explicit.insert(mount.destination).inserted else {
        throw EngineError(.invalidArgument, "Duplicate mount point: \(mount.destination)")
      }
      byDestination[mount.destination] = mount
    }
    for bind in host.binds ?? [] { try add(self.bind(bind)) }
    for mount in host.mounts ?? [] { try add(self.mount(mount)) }
    for (target, options) in (host.tmpfs ?? [:]).sorted(by: { $0.key < $1.key }) {
      try add(tmpfs(cleanPath(target), options: options))
    }
    for target in config.volumes ?? [] where byDestination[cleanPath(target)] == nil {
      guard target.hasPrefix("/") else {
        throw EngineError(
          .invalidArgument, "invalid volume specification: '\(target)': the mount path must be absolute")
      }
      try add(volume(name: nil, at: cleanPath(target)))
    }
    return byDestination.values.sorted { $0.destination < $1.destination }
  }

  private func bind(_ text: String) throws(EngineError) -> MountRecord {
    let bind: BindSpecification
    do { bind = try BindSpecification(text) } catch { throw EngineError(.invalidArgument, error.message) }
    guard bind.isHostPath, let source = bind.source else {
      var mount = volume(name: bind.source, at: bind.target)
      mount.readOnly = bind.readOnly
      mount.copyUp = !bind.noCopy
      mount.mode = bind.mode.isEmpty ? "z" : bind.mode
      return mount
    }
    return MountRecord(
      kind: .bind, name: nil, source: source, destination: bind.target, driver: nil, mode: bind.mode,
      readOnly: bind.readOnly, propagation: bind.propagation ?? "rprivate", anonymous: false, copyUp: false,
      nonRecursive: false, createSource: true, subpath: nil, tmpfsOptions: "")
  }

  private func volume(name: String?, at destination: String) -> MountRecord {
    MountRecord(
      kind: .volume, name: name ?? RandomID.make(), source: "", destination: destination,
      driver: host.volumeDriver.flatMap { $0.isEmpty ? nil : $0 } ?? "local", mode: name == nil ? "" : "z",
      readOnly: false, propagation: "", anonymous: name == nil, copyUp: true, nonRecursive: false, createSource: false,
      subpath: nil, tmpfsOptions: "")
  }

  private func tmpfs(_ destination: String, options: String) -> MountRecord {
    MountRecord(
      kind: .tmpfs, name: nil, source: "", destination: destination, driver: nil, mode: options,
      readOnly: options.split(separator: ",").contains("ro"), propagation: "", anonymous: false, copyUp: false,
      nonRecursive: false, createSource: false, subpath: nil, tmpfsOptions: options)
  }

  private func mount(_ mount: Mount) throws(EngineError) -> MountRecord {
    do { try mount.validate() } catch { throw EngineError(.invalidArgument, error.message) }
    let destination = cleanPath(mount.target)
    switch mount.type {
    case "bind":
      return MountRecord(
        kind: .bind, name: nil, source: cleanPath(mount.source ?? ""), destination: destination, driver: nil, mode: "",
        readOnly: mount.readOnly ?? false, propagation: mount.bindOptions?.propagation ?? "rprivate",
        anonymous: false, copyUp: false, nonRecursive: mount.bindOptions?.nonRecursive ?? false,
        createSource: mount.bindOptions?.createMountpoint ?? false, subpath: nil, tmpfsOptions: "")
    case "volume":
      let named = mount.source.flatMap { $0.isEmpty ? nil : $0 }
      var record = volume(name: named, at: destination)
      record.readOnly = mount.readOnly ?? false
      record.copyUp = !(mount.volumeOptions?.noCopy ?? false)
      record.subpath = mount.volumeOptions?.subpath
      if let driver = mount.volumeOptions?.driverConfig?.name, !driver.isEmpty { record.driver = driver }
      return record
    case "tmpfs":
      var options: [String] = []
      if mount.readOnly ?? false { options.append("ro") }
      if let size = mount.tmpfsOptions?.sizeBytes, size > 0 { options.append("size=\(size)") }
      if let mode = mount.tmpfsOptions?.mode, mode > 0 { options.append("mode=\(String(mode, radix: 8))") }
      for option in mount.tmpfsOptions?.options ?? [] { options.append(option.joined(separator: "=")) }
      return tmpfs(destination, options: options.joined(separator: ","))
    default:
      throw EngineError(.invalidArgument, "mount type unknown: \"\(mount.type)\"; use bind, volume or tmpfs")
    }
  }
}
