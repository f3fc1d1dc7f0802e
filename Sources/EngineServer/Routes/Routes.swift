import Engine

/// All endpoints, by group. A new one is added in its group's file.
enum Routes {
  static func all(_ engine: Engine) -> [Route] {
    []
  }
}
