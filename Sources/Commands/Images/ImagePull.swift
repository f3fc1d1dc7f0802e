internal import EngineClient
internal import JSON

/// Pulling an image, for `pull` and for a `run` that misses it.
enum ImagePull {
  /// Splits `name[:tag][@digest]` as the API wants it; `latest` where neither is given.
  static func split(_ reference: String) -> (name: String, tag: String) {
    if let at = reference.firstIndex(of: "@") {
      return (String(reference[..<at]), String(reference[reference.index(after: at)...]))
    }
    let slash = reference.lastIndex(of: "/") ?? reference.startIndex
    if let colon = reference[slash...].lastIndex(of: ":") {
      return (String(reference[..<colon]), String(reference[reference.index(after: colon)...]))
    }
    return (reference, "latest")
  }

  /// With `:latest` where neither tag nor digest is given.
  static func full(_ reference: String) -> String {
    let (name, tag) = split(reference)
    return tag.contains(":") ? "\(name)@\(tag)" : "\(name):\(tag)"
  }

  static func pull(
    _ reference: String, platform: String?, all: Bool = false, quiet: Bool, session: Session, to writer: TextWriter
  ) throws {
    let (name, tag) = split(reference)
    var request = Request(
      .post, "/images/create", query: ["fromImage": name, "tag": all ? nil : tag, "platform": platform])
    if let header = CredentialStore().header(for: CredentialStore.domain(of: name)) {
      request.headers.append(("X-Registry-Auth", header))
    }
    var display = ProgressDisplay(writer, quiet: quiet)
    try session.client().stream(request) { try display.show($0) }
    writer.flush()
  }
}
