internal import EngineClient

/// Commands that do one thing to each of their arguments: each is printed when it is done, each failure is told, and
/// the status is 1 when one failed.
enum ForEach {
  static func container(
    _ invocation: Invocation, _ verb: String, prints: Bool = true, _ body: (String) throws -> Void
  ) -> Int32 {
    var status: Int32 = 0
    for name in invocation.arguments {
      do {
        try body(name)
        if prints { invocation.session.output.print(name) }
      } catch {
        invocation.session.output.flush()
        invocation.session.errors.print("\(error)")
        status = 1
      }
    }
    return status
  }
}
