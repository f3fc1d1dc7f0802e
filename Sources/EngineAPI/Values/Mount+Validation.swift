extension Mount {
  /// Refuses a mount that contradicts itself, in Docker's words (moby `volume/mounts/linux_parser.go`). Whether a bind
  /// source exists is for the engine to say.
  public func validate() throws(InvalidValue) {
    func refuse(_ reason: String) -> InvalidValue {
      InvalidValue("invalid mount config for type \"\(type)\": \(reason)")
    }
    guard !target.isEmpty else { throw refuse("field Target must not be empty") }
    guard target.hasPrefix("/") else { throw refuse("invalid mount path: '\(target)' mount path must be absolute") }
    guard cleanPath(target) != "/" else { throw refuse("invalid specification: destination can't be '/'") }
    switch type {
    case "bind":
      guard let source, !source.isEmpty else { throw refuse("field Source must not be empty") }
      guard volumeOptions == nil else { throw refuse("field VolumeOptions must not be specified") }
      guard tmpfsOptions == nil else { throw refuse("field TmpfsOptions must not be specified") }
      guard imageOptions == nil else { throw refuse("field ImageOptions must not be specified") }
      guard source.hasPrefix("/") else {
        throw refuse("invalid mount path: '\(source)' mount path must be absolute")
      }
      if let propagation = bindOptions?.propagation, !propagation.isEmpty,
        !BindSpecification.propagations.contains(propagation)
      {
        throw refuse("invalid propagation mode: \(propagation)")
      }
    case "volume":
      guard bindOptions == nil else { throw refuse("field BindOptions must not be specified") }
      guard tmpfsOptions == nil else { throw refuse("field TmpfsOptions must not be specified") }
      guard imageOptions == nil else { throw refuse("field ImageOptions must not be specified") }
      let subpath = volumeOptions?.subpath ?? ""
      if !subpath.isEmpty {
        guard let source, !source.isEmpty else { throw refuse("must not set Subpath when using anonymous volumes") }
        guard !subpath.hasPrefix("/"), cleanPath(subpath) != "..", !cleanPath(subpath).hasPrefix("../") else {
          throw refuse("subpath must be a relative path within the volume")
        }
      }
    case "tmpfs":
      guard bindOptions == nil else { throw refuse("field BindOptions must not be specified") }
      guard volumeOptions == nil else { throw refuse("field VolumeOptions must not be specified") }
      guard imageOptions == nil else { throw refuse("field ImageOptions must not be specified") }
      guard (source ?? "").isEmpty else { throw refuse("field Source must not be specified") }
    case "image":
      guard let source, !source.isEmpty else { throw refuse("field Source must not be empty") }
      guard bindOptions == nil, volumeOptions == nil, tmpfsOptions == nil else {
        throw refuse("only ImageOptions may be specified")
      }
    default:
      throw InvalidValue("mount type unknown: \"\(type)\"")
    }
  }
}
