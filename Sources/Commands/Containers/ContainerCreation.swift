internal import EngineAPI
internal import EngineClient
internal import Glibc
internal import JSON
internal import LinuxSystem

/// Creating a container for `create` and `run`, pulling its image where that is wanted.
enum ContainerCreation {
  /// Returns the new container's id.
  static func create(_ options: ContainerOptions, quiet: Bool, session: Session) throws -> String {
    if let path = options.cidFile, access(path, F_OK) == 0 {
      throw CommandFailure(
        "container ID file found, make sure the other container isn't running or delete \(path)", status: 125)
    }
    if options.pull == "always" { try pull(options, quiet: quiet, session: session) }
    let body = try JSON.encode(options.request)
    let request = Request(
      .post, "/containers/create", query: ["name": options.name, "platform": options.platform], bytes: body)
    let answer: JSONValue
    do {
      answer = try session.client().json(request)
    } catch let error as ClientError {
      guard options.pull == "missing", error.isNotFound, error.message.lowercased().includes("no such image") else {
        throw error
      }
      if !quiet {
        session.errors.print("Unable to find image '\(ImagePull.full(options.image))' locally")
        session.errors.flush()
      }
      try pull(options, quiet: quiet, session: session)
      answer = try session.client().json(request)
    }
    for warning in answer["Warnings"]?.arrayValue ?? [] {
      session.errors.print("WARNING: \(warning.stringValue ?? "")")
    }
    session.errors.flush()
    guard let id = answer["Id"]?.stringValue else { throw ClientError(.broken, "the daemon's answer has no Id") }
    if let path = options.cidFile { try File.replace(path, with: Array(id.utf8), mode: 0o644) }
    return id
  }

  private static func pull(_ options: ContainerOptions, quiet: Bool, session: Session) throws {
    try ImagePull.pull(
      options.image, platform: options.platform, quiet: quiet, session: session, to: session.errors)
  }
}
