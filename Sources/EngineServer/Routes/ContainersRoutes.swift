import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  static func containers(_ engine: EngineProvider) -> [Route] {
    containerViews(engine) + containerStates(engine) + containerStreams(engine)
  }

  // MARK: Views

  private static func containerViews(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.get, "/containers/json") { request in
        let limit = try request.integer("limit")
        let options = ContainerService.ListOptions(
          all: request.query.flag("all"), limit: limit > 0 ? limit : nil, size: request.query.flag("size"),
          filters: try request.filters())
        return try .json(try await engine.containers.list(options: options))
      },
      .reads(.get, "/containers/{id}/json") { request in
        try .json(try await engine.containers.inspect(request["id"], size: request.query.flag("size")))
      },
      .reads(.get, "/containers/{id}/top") { request in
        try .json(try await engine.containers.top(request["id"], arguments: request.query.nonEmpty("ps_args")))
      },
    ]
  }

  // MARK: States

  private static func containerStates(_ engine: EngineProvider) -> [Route] {
    [
      .changes(.post, "/containers/create", "create") { request in
        let body = try await request.decodeBody(ContainerCreateRequest.self)
        let response = try await engine.containers.create(
          body, name: request.query.nonEmpty("name"), platform: request.query.nonEmpty("platform"),
          caller: request.caller)
        return try .json(response, status: .created)
      },
      .changes(.post, "/containers/{id}/start", "start") { request in
        // Docker took a host configuration here until API 1.24; silently dropping it would start something else.
        guard (request.headers[.contentLength].flatMap { Int($0) } ?? 0) <= 7 else {
          throw EngineError(
            .invalidArgument,
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24")
        }
        try await engine.containers.start(request["id"], caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/stop", "stop") { request in
        try await engine.containers.stop(
          request["id"], signal: request.query.nonEmpty("signal"), timeout: try request.timeout(),
          caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/restart", "restart") { request in
        try await engine.containers.restart(
          request["id"], signal: request.query.nonEmpty("signal"), timeout: try request.timeout(),
          caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/kill", "kill") { request in
        try await engine.containers.kill(
          request["id"], signal: request.query.nonEmpty("signal"), caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/pause", "pause") { request in
        try await engine.containers.pause(request["id"], caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/unpause", "unpause") { request in
        try await engine.containers.unpause(request["id"], caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/rename", "rename") { request in
        guard let name = request.query.nonEmpty("name") else {
          throw EngineError(.invalidArgument, "Neither old nor new names may be empty")
        }
        try await engine.containers.rename(request["id"], to: name, caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/{id}/update", "update") { request in
        let body = try await request.decodeBody(ContainerUpdateRequest.self)
        return try .json(try await engine.containers.update(request["id"], body, caller: request.caller))
      },
      .changes(.delete, "/containers/{id}", "remove") { request in
        let options = ContainerService.RemoveOptions(
          force: request.query.flag("force"), volumes: request.query.flag("v"), link: request.query.flag("link"))
        try await engine.containers.remove(request["id"], options: options, caller: request.caller)
        return .noContent
      },
      .changes(.post, "/containers/prune", "prune") { request in
        try .json(try await engine.containers.prune(filters: try request.filters(), caller: request.caller))
      },
    ]
  }

  // MARK: Streams

  private static func containerStreams(_ engine: EngineProvider) -> [Route] {
    [
      .reads(.post, "/containers/{id}/wait", followsClient: true) { request in
        let text = request.query.nonEmpty("condition")
        guard let condition = text.map({ WaitCondition(rawValue: $0) }) ?? .notRunning else {
          throw EngineError(.invalidArgument, "invalid condition: \"\(text ?? "")\"")
        }
        let wait = try await engine.containers.wait(request["id"], condition: condition)
        return .stream("application/json") { stream in
          // `docker run` waits for these headers before it starts the container: they say that the wait is registered.
          try await stream.begin()
          let response: ContainerWaitResponse
          do {
            response = try await wait.result()
          } catch let error as EngineError {
            response = ContainerWaitResponse(statusCode: -1, error: ContainerWaitError(message: error.message))
          }
          try await stream.writeLine(response)
        }
      },
      .changes(.post, "/containers/{id}/attach", "attach") { request in
        let options = AttachOptions(
          stdin: request.query.flag("stdin"), stdout: request.query.flag("stdout"),
          stderr: request.query.flag("stderr"), stream: request.query.flag("stream"),
          logs: request.query.flag("logs"))
        return .bridge(
          try await engine.containers.attach(request["id"], options: options, caller: request.caller), for: request)
      },
      .reads(.post, "/containers/{id}/resize") { request in
        let (width, height) = try request.terminalSize()
        try await engine.containers.resize(request["id"], width: width, height: height)
        return Reply(status: .ok)
      },
      .reads(.get, "/containers/{id}/logs", followsClient: true) { request in
        let options = LogsOptions(
          stdout: request.query.flag("stdout"), stderr: request.query.flag("stderr"),
          follow: request.query.flag("follow"), timestamps: request.query.flag("timestamps"),
          details: request.query.flag("details"), since: try request.moment("since"),
          until: try request.moment("until"), tail: request.tail())
        let log = try await engine.containers.logs(request["id"], options: options)
        let raw = log.terminal || request.version < APIVersion(1, 42)
        return .stream(raw ? Reply.rawStream : Reply.multiplexedStream) { stream in
          if options.follow { try await stream.begin() }
          for try await piece in log { try await stream.write(piece) }
          try Task.checkCancellation()
        }
      },
    ]
  }
}

extension APIRequest {
  /// Seconds until a container is killed; nil is the container's own.
  fileprivate func timeout() throws(EngineError) -> Int? {
    query.nonEmpty("t") == nil ? nil : try integer("t")
  }

  /// How many lines of a log; nil is all, as for anything that is no number.
  fileprivate func tail() -> Int? {
    query.nonEmpty("tail").flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
  }

  /// The `w` and `h` of a terminal, in characters.
  func terminalSize() throws(EngineError) -> (width: UInt16, height: UInt16) {
    func read(_ key: String) throws(EngineError) -> UInt16 {
      guard let value = UInt16(query[key] ?? "") else {
        throw EngineError(
          .invalidArgument, "invalid resize \(key == "h" ? "height" : "width"): \"\(query[key] ?? "")\"")
      }
      return value
    }
    return (try read("w"), try read("h"))
  }
}
