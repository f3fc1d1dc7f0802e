import HTTPTypes
import Testing

@testable import Engine
@testable import EngineServer

/// The table of routes itself.
@Suite struct RouteTableTests {
  static let routes = Routes.all(EngineProvider(late: { fatalError("the table is read, nothing is served") }))

  /// Every endpoint of the Engine API 1.51, from its definition.
  static let docker = """
    GET /containers/json|POST /containers/create|GET /containers/{id}/json|GET /containers/{id}/top
    GET /containers/{id}/logs|GET /containers/{id}/changes|GET /containers/{id}/export|GET /containers/{id}/stats
    POST /containers/{id}/resize|POST /containers/{id}/start|POST /containers/{id}/stop|POST /containers/{id}/restart
    POST /containers/{id}/kill|POST /containers/{id}/update|POST /containers/{id}/rename|POST /containers/{id}/pause
    POST /containers/{id}/unpause|POST /containers/{id}/attach|GET /containers/{id}/attach/ws
    POST /containers/{id}/wait|DELETE /containers/{id}|HEAD /containers/{id}/archive|GET /containers/{id}/archive
    PUT /containers/{id}/archive|POST /containers/prune|GET /images/json|POST /build|POST /build/prune
    POST /images/create|GET /images/{name}/json|GET /images/{name}/history|POST /images/{name}/push
    POST /images/{name}/tag|DELETE /images/{name}|GET /images/search|POST /images/prune|POST /auth|GET /info
    GET /version|GET /_ping|HEAD /_ping|POST /commit|GET /events|GET /system/df|GET /images/{name}/get|GET /images/get
    POST /images/load|POST /containers/{id}/exec|POST /exec/{id}/start|POST /exec/{id}/resize|GET /exec/{id}/json
    GET /volumes|POST /volumes/create|GET /volumes/{name}|PUT /volumes/{name}|DELETE /volumes/{name}
    POST /volumes/prune|GET /networks|GET /networks/{id}|DELETE /networks/{id}|POST /networks/create
    POST /networks/{id}/connect|POST /networks/{id}/disconnect|POST /networks/prune|GET /plugins
    GET /plugins/privileges|POST /plugins/pull|GET /plugins/{name}/json|DELETE /plugins/{name}
    POST /plugins/{name}/enable|POST /plugins/{name}/disable|POST /plugins/{name}/upgrade|POST /plugins/create
    POST /plugins/{name}/push|POST /plugins/{name}/set|GET /nodes|GET /nodes/{id}|DELETE /nodes/{id}
    POST /nodes/{id}/update|GET /swarm|POST /swarm/init|POST /swarm/join|POST /swarm/leave|POST /swarm/update
    GET /swarm/unlockkey|POST /swarm/unlock|GET /services|POST /services/create|GET /services/{id}
    DELETE /services/{id}|POST /services/{id}/update|GET /services/{id}/logs|GET /tasks|GET /tasks/{id}
    GET /tasks/{id}/logs|GET /secrets|POST /secrets/create|GET /secrets/{id}|DELETE /secrets/{id}
    POST /secrets/{id}/update|GET /configs|POST /configs/create|GET /configs/{id}|DELETE /configs/{id}
    POST /configs/{id}/update|GET /distribution/{name}/json|POST /session
    """.split { $0 == "|" || $0 == "\n" }.map { $0.split(separator: " ") }

  @Test func everyEndpointOfDockerIsKnown() throws {
    let table = RouteTable(Self.routes)
    for endpoint in Self.docker {
      let method = try #require(HTTPRequest.Method(String(endpoint[0])))
      let path = endpoint[1].split(separator: "/").map { $0.hasPrefix("{") ? "x" : String($0) }.joined(separator: "/")
      let found = try #require(table.match(method, "/\(path)"), "\(endpoint[0]) \(endpoint[1])")
      let plain = found.route.path.filter { $0 != "*" }
      let wanted = endpoint[1].split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) }
      #expect(plain.split(separator: "/").map { $0.hasPrefix("{") ? "{}" : String($0) } == wanted)
    }
  }

  @Test func noRouteStandsTwice() {
    let names = Self.routes.map { "\($0.method) \($0.path)" }
    #expect(Set(names).count == names.count)
  }

  /// What changes something is an operation that the gate sees: an endpoint that is not GET or HEAD is one, or stands
  /// here with its reason.
  @Test func whatChangesIsAnOperation() {
    let exceptions: Set = [
      "POST /auth",  // asks the registry, keeps nothing
      "POST /build/prune",  // there is no build cache
      "POST /containers/{id}/wait", "POST /containers/{id}/resize", "POST /exec/{id}/resize",
    ]
    for route in Self.routes where route.method != .get && route.method != .head {
      let name = "\(route.method) \(route.path)"
      if case .reads = route.effect { #expect(exceptions.contains(name), "\(name)") }
    }
    for route in Self.routes where route.method == .get || route.method == .head {
      if case .changes = route.effect { Issue.record("\(route.method) \(route.path) changes something") }
    }
  }

  @Test func restOfThePathStandsForTheOtherSegments() {
    let table = RouteTable([
      .reads(.get, "/a/{x*}/b/{y}") { _ in .noContent }, .reads(.get, "/a/{x*}") { _ in .noContent },
    ])
    #expect(table.match(.get, "/a/1/2/3/b/4")?.parameters == ["x": "1/2/3", "y": "4"])
    #expect(table.match(.get, "/a/1/b/4")?.parameters == ["x": "1", "y": "4"])
    #expect(table.match(.get, "/a/1/2")?.parameters == ["x": "1/2"])
    #expect(table.match(.get, "/a") == nil)
    #expect(table.match(.get, "/a/%zz") == nil)
    #expect(table.match(.post, "/a/1") == nil)
  }

  @Test func tagsAndDigestsJoinTheName() {
    #expect(Routes.imageReference("alpine", "3.20") == "alpine:3.20")
    #expect(Routes.imageReference("alpine", "sha256:ab") == "alpine@sha256:ab")
    #expect(Routes.imageReference("alpine:3", nil) == "alpine:3")
  }
}
