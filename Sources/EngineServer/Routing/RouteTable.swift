import HTTPTypes

/// Finds the route of a request. The first that fits is taken, in the table's order.
struct RouteTable: Sendable {
  enum Segment: Sendable, Hashable {
    case literal(Substring)
    case parameter(String)
    /// One or more segments: the name of an image has slashes.
    case rest(String)
  }

  private struct Entry: Sendable {
    var route: Route
    var segments: [Segment]
  }

  let routes: [Route]
  private var entries: [String: [Entry]] = [:]

  init(_ routes: [Route]) {
    self.routes = routes
    for route in routes {
      let segments = Self.segments(route.path)
      entries[Self.key(route.method, Self.split(route.path).first ?? ""), default: []].append(
        Entry(route: route, segments: segments))
    }
  }

  /// The route, and the decoded parameters of its path.
  func match(_ method: HTTPRequest.Method, _ path: String) -> (route: Route, parameters: [String: String])? {
    let parts = Self.split(path)
    guard let first = parts.first else { return nil }
    for entry in entries[Self.key(method, first)] ?? [] {
      if let parameters = Self.parameters(entry.segments[...], parts[...]) { return (entry.route, parameters) }
    }
    return nil
  }

  private static func key(_ method: HTTPRequest.Method, _ first: Substring) -> String { "\(method.rawValue) \(first)" }

  private static func split(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: true)
  }

  private static func segments(_ path: String) -> [Segment] {
    path.split(separator: "/").map { part in
      guard part.hasPrefix("{"), part.hasSuffix("}") else { return .literal(part) }
      let name = part.dropFirst().dropLast()
      return name.hasSuffix("*") ? .rest(String(name.dropLast())) : .parameter(String(name))
    }
  }

  /// The parameters where the pattern fits the parts exactly. There is at most one `rest`, which takes what the others
  /// leave.
  private static func parameters(
    _ pattern: ArraySlice<Segment>, _ parts: ArraySlice<Substring>
  ) -> [String: String]? {
    let spare = parts.count - pattern.count
    guard spare >= 0 else { return nil }
    var found: [String: String] = [:]
    var parts = parts
    var takesRest = spare > 0
    for segment in pattern {
      guard let part = parts.popFirst() else { return nil }
      switch segment {
      case .literal(let text):
        guard part == text else { return nil }
      case .parameter(let name):
        guard let value = percentDecoded(part.utf8) else { return nil }
        found[name] = value
      case .rest(let name):
        let all = [part] + parts.prefix(spare)
        parts = parts.dropFirst(spare)
        takesRest = false
        guard let value = percentDecoded(all.joined(separator: "/").utf8) else { return nil }
        found[name] = value
      }
    }
    return takesRest ? nil : found
  }
}
