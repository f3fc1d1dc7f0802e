import Engine
import EngineAPI
import HTTPTypes
import JSON

extension Routes {
  /// What Docker has and this engine has not, said in so many words instead of "page not found"; and what is truly
  /// empty here.
  static var absent: [Route] {
    let swarm = "swarm mode is not part of Moonpool"
    let plugins = "managed plugins are not part of Moonpool: put a driver into the plugins directory"
    let build = "building images is not supported yet: build elsewhere and pull, or import a tar"
    let archives = "image archives are not supported yet: use a registry, or docker import"
    let copy = "copying files in and out of containers is not supported yet: use a volume, or exec with tar"
    var routes: [Route] = [
      .reads(.get, "/plugins") { _ in try .json([JSONValue]()) },
      .reads(.post, "/build/prune") { _ in try .json(["CachesDeleted": JSONValue.null, "SpaceReclaimed": 0]) },
      .absent(.get, "/containers/{id}/attach/ws", "attaching by WebSocket is not supported: use POST attach"),
      .absent(.get, "/containers/{id}/stats", "statistics are not supported yet: read the container's cgroup"),
      .absent(.get, "/containers/{id}/changes", "listing a container's changes is not supported yet"),
      .absent(.get, "/containers/{id}/export", "exporting a container is not supported yet"),
      .absent(.get, "/containers/{id}/archive", copy),
      .absent(.head, "/containers/{id}/archive", copy),
      .absent(.put, "/containers/{id}/archive", copy),
      .absent(.post, "/commit", "committing a container is not supported yet"),
      .absent(.get, "/images/search", "searching a registry is not supported: use the registry's own site"),
      .absent(.get, "/images/get", archives),
      .absent(.get, "/images/{name*}/get", archives),
      .absent(.post, "/images/load", archives),
      .absent(.get, "/distribution/{name*}/json", "looking into a registry is not supported yet: pull the image"),
      .absent(.post, "/build", build),
      .absent(.post, "/build/cancel", build),
      .absent(.post, "/session", build),
      .absent(.post, "/grpc", build),
      .absent(.put, "/volumes/{name}", "cluster volumes are not part of Moonpool"),
      .absent(.get, "/plugins/privileges", plugins),
      .absent(.post, "/plugins/pull", plugins),
      .absent(.post, "/plugins/create", plugins),
      // `docker inspect` asks for every kind of object: there is never a plugin of the name.
      .reads(.get, "/plugins/{name*}/json") { request in
        throw EngineError(.notFound, "plugin \"\(request["name"])\" not found")
      },
      .absent(.delete, "/plugins/{name*}", plugins),
    ]
    for action in ["enable", "disable", "upgrade", "push", "set"] {
      routes.append(.absent(.post, "/plugins/{name*}/\(action)", plugins))
    }
    routes.append(.absent(.get, "/swarm", swarm))
    for action in ["init", "join", "leave", "update", "unlock"] {
      routes.append(.absent(.post, "/swarm/\(action)", swarm))
    }
    routes.append(.absent(.get, "/swarm/unlockkey", swarm))
    for noun in ["nodes", "services", "tasks", "secrets", "configs"] {
      routes.append(.absent(.get, "/\(noun)", swarm))
      routes.append(.absent(.get, "/\(noun)/{id}", swarm))
      guard noun != "tasks" else { continue }
      routes.append(.absent(.delete, "/\(noun)/{id}", swarm))
      routes.append(.absent(.post, "/\(noun)/{id}/update", swarm))
      if noun != "nodes" { routes.append(.absent(.post, "/\(noun)/create", swarm)) }
    }
    routes.append(.absent(.get, "/services/{id}/logs", swarm))
    routes.append(.absent(.get, "/tasks/{id}/logs", swarm))
    return routes
  }
}
