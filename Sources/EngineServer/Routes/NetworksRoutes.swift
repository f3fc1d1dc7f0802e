import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func networks(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/networks") { request in
        try .json(try await engine.networks.list(filters: try request.filters()))
      },
      .reads(.get, "/networks/{id}") { request in
        try .json(try await engine.networks.inspect(request["id"], verbose: request.query.flag("verbose")))
      },
      .changes(.post, "/networks/create", "network create") { request in
        let body = try await request.decodeBody(NetworkCreateRequest.self)
        return try .json(try await engine.networks.create(body, caller: request.caller), status: .created)
      },
      .changes(.post, "/networks/{id}/connect", "network connect") { request in
        let body = try await request.decodeBody(NetworkConnectRequest.self)
        try await engine.networks.connect(request["id"], body, caller: request.caller)
        return Reply(status: .ok)
      },
      .changes(.post, "/networks/{id}/disconnect", "network disconnect") { request in
        let body = try await request.decodeBody(NetworkDisconnectRequest.self)
        try await engine.networks.disconnect(request["id"], body, caller: request.caller)
        return Reply(status: .ok)
      },
      .changes(.post, "/networks/prune", "network prune") { request in
        try .json(try await engine.networks.prune(filters: try request.filters(), caller: request.caller))
      },
      .changes(.delete, "/networks/{id}", "network remove") { request in
        try await engine.networks.remove(request["id"], caller: request.caller)
        return .noContent
      },
    ]
  }
}
