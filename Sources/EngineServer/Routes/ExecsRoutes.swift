import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func execs(_ engine: EngineProvider) -> [Route] {
    [
      .changes(.post, "/containers/{id}/exec", "exec") { request in
        let config = try await request.decodeBody(ExecConfig.self)
        let response = try await engine.execs.create(container: request["id"], config, caller: request.caller)
        return try .json(response, status: .created)
      },
      .changes(.post, "/exec/{id}/start", "exec") { request in
        let options = try await request.decodeOptionalBody(ExecStartConfig.self) ?? ExecStartConfig()
        guard let stream = try await engine.execs.start(request["id"], options, caller: request.caller) else {
          return Reply(status: .ok)
        }
        return .bridge(stream, for: request)
      },
      .reads(.post, "/exec/{id}/resize") { request in
        let (width, height) = try request.terminalSize()
        try await engine.execs.resize(request["id"], width: width, height: height)
        return Reply(status: .ok)
      },
      .reads(.get, "/exec/{id}/json") { request in try .json(try await engine.execs.inspect(request["id"])) },
    ]
  }
}
