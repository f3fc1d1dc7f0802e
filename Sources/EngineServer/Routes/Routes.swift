import Engine

/// All endpoints, by group. A new one is added in its group's file; nothing else knows the list.
enum Routes {
  static func all(_ engine: EngineProvider) -> [Route] {
    system(engine) + events(engine) + containers(engine) + execs(engine) + images(engine) + networks(engine)
      + volumes(engine) + absent
  }
}
