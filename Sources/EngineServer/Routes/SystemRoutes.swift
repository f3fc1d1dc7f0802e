import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func system(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/_ping") { _ in ping },
      .reads(.head, "/_ping") { _ in ping },
      .reads(.get, "/version") { _ in try .json(engine.system.version()) },
      .reads(.get, "/info") { _ in try .json(await engine.system.info()) },
      .reads(.get, "/system/df") { request in
        var usage = try await engine.system.diskUsage()
        let types = Set(request.query.all("type"))
        if !types.isEmpty {
          if !types.contains("container") { usage.containers = nil }
          if !types.contains("image") { usage.images = nil }
          if !types.contains("volume") { usage.volumes = nil }
          if !types.contains("build-cache") { usage.buildCache = nil }
        }
        return try .json(usage)
      },
      .reads(.post, "/auth") { request in
        try .json(try await engine.system.authenticate(try await request.decodeBody(AuthConfig.self)))
      },
    ]
  }

  private static var ping: Reply {
    var headers: HTTPFields = [
      .cacheControl: "no-cache, no-store, must-revalidate", .builderVersion: "1",
    ]
    headers[.swarm] = "inactive"
    return .text("OK", headers: headers)
  }
}
