import EngineAPI
import OCI

/// Fills a request's configuration with what its image says: Docker's rules, as a pure function.
enum ImageDefaults {
  static func merge(_ image: ImageConfiguration.Process?, into request: ContainerConfig) -> ContainerConfig {
    guard let image else { return request }
    var config = request
    if config.user.isEmpty { config.user = image.user ?? "" }
    if config.workingDir.isEmpty { config.workingDir = image.workingDir ?? "" }
    config.env = mergeEnvironment(image.env ?? [], request.env ?? [])
    // The image's command belongs to its entrypoint: stating another entrypoint drops both.
    if config.entrypoint == nil {
      if config.cmd == nil || config.cmd == [] { config.cmd = image.cmd }
      config.entrypoint = image.entrypoint
    } else if config.entrypoint == [""] {
      // `--entrypoint ""` asks for none.
      config.entrypoint = nil
    }
    var labels = image.labels ?? [:]
    labels.merge(config.labels ?? [:]) { $1 }
    config.labels = labels
    if config.stopSignal?.isEmpty ?? true { config.stopSignal = image.stopSignal }
    if let volumes = image.volumes, !volumes.isEmpty {
      config.volumes = ObjectSet(Set(volumes.keys).union(config.volumes?.elements ?? []))
    }
    if let ports = image.exposedPorts, !ports.isEmpty {
      config.exposedPorts = ObjectSet(Set(ports.keys).union(config.exposedPorts?.elements ?? []))
    }
    if config.shell == nil { config.shell = image.shell }
    return config
  }

  /// The image's variables that the request does not state, then the request's.
  static func mergeEnvironment(_ image: [String], _ request: [String]) -> [String] {
    func name(_ variable: String) -> Substring { variable.prefix { $0 != "=" } }
    let stated = Set(request.map(name))
    return image.filter { !stated.contains(name($0)) } + request
  }
}
