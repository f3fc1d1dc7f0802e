import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func volumes(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/volumes") { request in
        try .json(try await engine.volumes.list(filters: try request.filters()))
      },
      .reads(.get, "/volumes/{name}") { request in try .json(try engine.volumes.inspect(request["name"])) },
      .changes(.post, "/volumes/create", "volume create") { request in
        let body = try await request.decodeOptionalBody(VolumeCreateRequest.self) ?? VolumeCreateRequest()
        return try .json(try await engine.volumes.create(body, caller: request.caller), status: .created)
      },
      .changes(.post, "/volumes/prune", "volume prune") { request in
        try .json(try await engine.volumes.prune(filters: try request.filters(), caller: request.caller))
      },
      .changes(.delete, "/volumes/{name}", "volume remove") { request in
        try await engine.volumes.remove(request["name"], force: request.query.flag("force"), caller: request.caller)
        return .noContent
      },
    ]
  }
}
