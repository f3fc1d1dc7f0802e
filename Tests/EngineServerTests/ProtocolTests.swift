import Engine
import EngineAPI
import HTTPTypes
import JSON
import Synchronization
import Testing

@testable import EngineServer

/// What the server does with any route: versions, headers, errors, bodies. Each test runs without a socket and live.
@Suite struct ProtocolTests {
  static let routes: [Route] = [
    .reads(.get, "/hello") { request in .text("hello \(request.query["name"] ?? "")") },
    .reads(.get, "/version") { request in .text("\(request.version)") },
    .changes(.post, "/containers/create", "create") { request in
      let body = try await request.decodeBody(ContainerCreateRequest.self)
      return try .json(ContainerCreateResponse(id: body.config.image), status: .created)
    },
    .changes(.post, "/maybe", "maybe") { request in
      let body = try await request.decodeOptionalBody(ExecStartConfig.self)
      return .text(body.map { "\($0.detach)" } ?? "none")
    },
    .reads(.get, "/fail/{code}") { request in
      let codes: [String: EngineError.Code] = [
        "400": .invalidArgument, "401": .unauthorized, "403": .forbidden, "404": .notFound, "409": .conflict,
        "304": .notModified, "503": .unavailable, "501": .notImplemented, "500": .internalError,
      ]
      throw EngineError(codes[request["code"]] ?? .full, "it is \"\(request["code"])\"")
    },
    .reads(.get, "/images/{name*}/json") { request in .text(request["name"]) },
    .reads(.get, "/images/json") { _ in .text("list") },
    .changes(.delete, "/images/{name*}", "rmi") { request in .text(request["name"]) },
    .reads(.get, "/stream") { _ in
      .stream("application/json") { stream in
        try await stream.writeLine(JSONMessage(status: "one"))
        try await stream.writeLine(JSONMessage(status: "two"))
      }
    },
    .reads(.get, "/stream/fails-early") { _ in
      .stream("application/json") { _ in throw EngineError(.notFound, "pull access denied") }
    },
    .reads(.get, "/_ping") { _ in .text("OK") },
    .reads(.head, "/_ping") { _ in .text("OK") },
    .absent(.get, "/swarm", "swarm is not part of Moonpool"),
  ]

  func send(
    _ target: Target, _ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil
  ) async throws -> Answer {
    try await target.send(method, path, headers: headers, body: body, routes: Self.routes)
  }

  @Test(arguments: Target.allCases) func repliesCarryTheServersHeaders(target: Target) async throws {
    let answer = try await send(target, "GET", "/hello?name=a%20b+c")
    #expect(answer.status == 200)
    #expect(answer.body == "hello a b c")
    #expect(answer.headers["api-version"] == "1.51")
    #expect(answer.headers["ostype"] == "linux")
    #expect(answer.headers["docker-experimental"] == "false")
    #expect(answer.headers["server"] == "Moonpool/test (linux)")
    #expect(answer.headers["content-length"] == "11")
  }

  @Test(arguments: Target.allCases) func versionsInThePath(target: Target) async throws {
    #expect(try await send(target, "GET", "/v1.24/version").body == "1.24")
    #expect(try await send(target, "GET", "/v1.51/version").body == "1.51")
    #expect(try await send(target, "GET", "/version").body == "1.51")
    let new = try await send(target, "GET", "/v1.60/version")
    #expect(new.status == 400)
    #expect(
      new.body == #"{"message":"client version 1.60 is too new. Maximum supported API version is 1.51"}"# + "\n")
    let old = try await send(target, "GET", "/v1.12/version")
    #expect(old.status == 400)
    #expect(old.body.contains("client version 1.12 is too old. Minimum supported API version is 1.24"))
    #expect(try await send(target, "GET", "/v1.2.3/version").status == 404)
  }

  @Test(arguments: Target.allCases) func unknownPathsAreNotFound(target: Target) async throws {
    for path in ["/nowhere", "/", "/v1.51", "/v1.51/", "/hello/there", "/images//json"] {
      let answer = try await send(target, "GET", path)
      if path == "/images//json" {
        #expect(answer.body == "list")
      } else {
        #expect(answer.status == 404, "\(path)")
        #expect(answer.body == #"{"message":"page not found"}"# + "\n")
      }
    }
    #expect(try await send(target, "POST", "/hello").status == 404)
    let absent = try await send(target, "GET", "/v1.51/swarm")
    #expect(absent.status == 501)
    #expect(absent.body == #"{"message":"swarm is not part of Moonpool"}"# + "\n")
  }

  @Test(arguments: Target.allCases) func codesBecomeStatuses(target: Target) async throws {
    for code in [400, 401, 403, 404, 409, 501, 503, 500] {
      let answer = try await send(target, "GET", "/fail/\(code)")
      #expect(answer.status == code)
      #expect(answer.body == #"{"message":"it is \"\#(code)\""}"# + "\n")
      #expect(answer.headers["content-type"] == "application/json")
    }
    let unchanged = try await send(target, "GET", "/fail/304")
    #expect(unchanged.status == 304)
    #expect(unchanged.body.isEmpty)
  }

  @Test(arguments: Target.allCases) func imageNamesHaveSlashes(target: Target) async throws {
    #expect(try await send(target, "GET", "/images/json").body == "list")
    #expect(
      try await send(target, "GET", "/v1.40/images/localhost:5000/a/b:v1/json").body == "localhost:5000/a/b:v1")
    #expect(try await send(target, "GET", "/images/a%2Fb/json").body == "a/b")
    #expect(try await send(target, "DELETE", "/images/library/alpine").body == "library/alpine")
  }

  @Test(arguments: Target.allCases) func bodiesAreReadStrictly(target: Target) async throws {
    let json = ["Content-Type": "application/json"]
    let good = try await send(target, "POST", "/containers/create", headers: json, body: #"{"Image":"a"}"#)
    #expect(good.status == 201)
    #expect(good.body == #"{"Id":"a","Warnings":[]}"# + "\n")
    for (body, word) in [
      (#"{"Image":"a","Image":"b"}"#, "Image"), (#"{"image":"a"}"#, "image"), (#"{"Image":1}"#, "Image"),
      ("{", "invalid JSON"), ("", "EOF"), ("  ", "EOF"), (#"{"Image":"a"} x"#, "invalid JSON"),
      (#"{"HostConfig":{"Privileged":false,"privileged":true}}"#, "privileged"),
    ] {
      let answer = try await send(target, "POST", "/containers/create", headers: json, body: body)
      #expect(answer.status == 400, "\(body)")
      #expect(answer.body.contains(word), "\(answer.body)")
    }
    let text = ["Content-Type": "text/plain"]
    let other = try await send(target, "POST", "/containers/create", headers: text, body: "{}")
    #expect(other.status == 400)
    #expect(other.body.contains("must be 'application/json'"))
    let charset = ["Content-Type": "application/json; charset=utf-8"]
    #expect(try await send(target, "POST", "/containers/create", headers: charset, body: "{}").status == 201)
    #expect(try await send(target, "POST", "/maybe", headers: text).body == "none")
    #expect(try await send(target, "POST", "/maybe", headers: json, body: #"{"Detach":true}"#).body == "true")
  }

  @Test(arguments: Target.allCases) func longBodiesAreRefused(target: Target) async throws {
    let body = #"{"Image":""# + String(repeating: "a", count: APIRequest.maximumBody) + #""}"#
    let answer = try await send(target, "POST", "/containers/create", body: body)
    #expect(answer.status == 413)
    #expect(answer.body.contains("longer than"))
  }

  @Test(arguments: Target.allCases) func streamsAreChunked(target: Target) async throws {
    let answer = try await send(target, "GET", "/stream")
    #expect(answer.status == 200)
    #expect(answer.body == "{\"status\":\"one\"}\n{\"status\":\"two\"}\n")
    let failed = try await send(target, "GET", "/stream/fails-early")
    #expect(failed.status == 404)
    #expect(failed.body == #"{"message":"pull access denied"}"# + "\n")
  }

  @Test(arguments: Target.allCases) func headHasNoBody(target: Target) async throws {
    let answer = try await send(target, "HEAD", "/_ping")
    #expect(answer.status == 200)
    #expect(answer.body.isEmpty)
    #expect(answer.headers["content-length"] == "2")
  }

  @Test func queriesAreReadAsDockerDoes() throws {
    let query = try #require(Query("a=1&b=true&c=&d=no&e=False&f=x&g&names=a&names=b%2Bc"))
    for key in ["a", "b", "f"] { #expect(query.flag(key), "\(key)") }
    for key in ["c", "d", "e", "g", "absent"] { #expect(!query.flag(key), "\(key)") }
    #expect(query.flag("absent", default: true))
    #expect(query.all("names") == ["a", "b+c"])
    for broken in ["a=%", "a=%4", "a=%zz", "%=1", "a=%ff"] { #expect(Query(broken) == nil, "\(broken)") }
  }
}
