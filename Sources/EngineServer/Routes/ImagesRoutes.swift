import Engine
import EngineAPI
import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore

extension Routes {
  static func images(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/images/json") { request in
        var images = try await engine.images.list(
          all: request.query.flag("all"), filters: try request.filters(),
          sharedSize: request.query.flag("shared-size"), manifests: request.query.flag("manifests"))
        if request.version < APIVersion(1, 44) {
          for index in images.indices { images[index].virtualSize = images[index].size }
        }
        return try .json(images)
      },
      .changes(.post, "/images/create", "pull", followsClient: true) { request in
        if let source = request.query.nonEmpty("fromSrc") {
          return try importImage(engine, request, source: source)
        }
        return try pullImage(engine, request)
      },
      .changes(.post, "/images/prune", "prune") { request in
        try .json(try await engine.images.prune(filters: try request.filters(), caller: request.caller))
      },
      .reads(.get, "/images/{name*}/json") { request in
        var image = try await engine.images.inspect(request["name"])
        if request.version < APIVersion(1, 44) { image.virtualSize = image.size }
        return try .json(image)
      },
      .reads(.get, "/images/{name*}/history") { request in
        try .json(try await engine.images.history(request["name"]))
      },
      .changes(.post, "/images/{name*}/tag", "tag") { request in
        guard let repository = request.query.nonEmpty("repo") else {
          throw EngineError(.invalidArgument, "no repository given: name one with \"repo\"")
        }
        try await engine.images.tag(
          request["name"], repository: repository, tag: request.query.nonEmpty("tag"), caller: request.caller)
        return Reply(status: .created)
      },
      .changes(.post, "/images/{name*}/push", "push", followsClient: true) { request in
        let credentials = try request.registryCredentials()
        return progress { sink in
          try await engine.images.push(
            name: request["name"], tag: request.query.nonEmpty("tag"), auth: credentials, caller: request.caller,
            progress: sink)
        }
      },
      .changes(.delete, "/images/{name*}", "rmi") { request in
        try .json(
          try await engine.images.remove(
            request["name"], force: request.query.flag("force"), prune: !request.query.flag("noprune"),
            caller: request.caller))
      },
    ]
  }

  private static func pullImage(_ engine: EngineProvider, _ request: APIRequest) throws -> Reply {
    guard let name = request.query.nonEmpty("fromImage") else {
      throw EngineError(.invalidArgument, "no image given: name one with \"fromImage\"")
    }
    let credentials = try request.registryCredentials()
    let reference = imageReference(name, request.query.nonEmpty("tag"))
    return progress { sink in
      try await engine.images.pull(
        reference: reference, platform: request.query.nonEmpty("platform"), auth: credentials, caller: request.caller,
        progress: sink)
    }
  }

  private static func importImage(_ engine: EngineProvider, _ request: APIRequest, source: String) throws -> Reply {
    guard source == "-" else {
      throw EngineError(
        .notImplemented, "import from a URL is not supported: fetch it and send it (curl URL | docker import - NAME)")
    }
    let repository = request.query.nonEmpty("repo")
    return progress { sink in
      try await engine.images.importTar(
        from: request.body.map { Array($0.readableBytesView) },
        reference: repository.map { imageReference($0, request.query.nonEmpty("tag")) },
        message: request.query.nonEmpty("message"), changes: request.query.all("changes"),
        platform: request.query.nonEmpty("platform"), caller: request.caller, progress: sink)
    }
  }

  /// `name:tag`, or `name@digest` where the tag is a digest, as clients send both in `tag`.
  static func imageReference(_ name: String, _ tag: String?) -> String {
    guard let tag else { return name }
    return name + (tag.contains(":") ? "@" : ":") + tag
  }

  /// A stream of progress. What fails before its first line is an error with its status; afterwards the error is a
  /// line, as the status is gone.
  private static func progress(_ body: @escaping @Sendable (@escaping ProgressSink) async throws -> Void) -> Reply {
    .stream("application/json") { stream in
      do {
        try await body { message in try await stream.writeLine(message, end: "\r\n") }
      } catch {
        guard stream.hasBegun, !(error is CancellationError) else { throw error }
        let message = (error as? EngineError)?.message ?? "\(error)"
        try await stream.writeLine(
          JSONMessage(errorDetail: JSONErrorDetail(message: message), error: message), end: "\r\n")
      }
    }
  }
}
