/// Why a plan was refused: where, and what would be right.
public struct PlanError: Error, Sendable, Hashable, CustomStringConvertible {
  /// `steps[2].mtu`; empty for the plan itself.
  public var path: String
  public var message: String

  public init(_ message: String, path: String) {
    self.message = message
    self.path = path
  }

  public var description: String { path.isEmpty ? message : "\(path): \(message)" }

  func within(_ outer: String) -> PlanError {
    let joined = path.isEmpty ? outer : path.hasPrefix("[") ? outer + path : "\(outer).\(path)"
    return PlanError(message, path: joined)
  }
}

/// `; did you mean "x"?` where a known name is near, else nothing.
func suggestion(for name: String, among known: some Sequence<String>) -> String {
  let near = known.map { (name: $0, distance: editDistance(name, $0)) }.min { $0.distance < $1.distance }
  guard let near, near.distance <= max(1, name.count / 3) else { return "" }
  return "; did you mean \"\(near.name)\"?"
}

/// Levenshtein distance in Unicode scalars.
func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left.unicodeScalars)
  let right = Array(right.unicodeScalars)
  var row = Array(0...right.count)
  for (i, a) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, b) in right.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
      diagonal = above
    }
  }
  return row[right.count]
}
