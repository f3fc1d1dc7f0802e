/// The nearest known name, for error messages.
enum Suggestion {
  /// "; did you mean 'PidsLimit'?", or nothing where no name is near.
  static func text(for name: String, among known: some Collection<String>) -> String {
    nearest(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
  }

  static func nearest(to name: String, among known: some Collection<String>) -> String? {
    let wanted = Array(name.lowercased().utf8)
    let scored = known.map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
    guard let best = scored.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
    return best.distance <= max(1, max(wanted.count, best.name.utf8.count) / 3) ? best.name : nil
  }

  /// Levenshtein's, with a transposition of neighbours counted once.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    guard left.count <= 64, right.count <= 64 else { return .max }
    var before = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for (row, a) in left.enumerated() {
      var current = [row + 1]
      for (column, b) in right.enumerated() {
        var best = min(previous[column] + (a == b ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
        if row > 0, column > 0, a == right[column - 1], b == left[row - 1] { best = min(best, before[column - 1] + 1) }
        current.append(best)
      }
      before = previous
      previous = current
    }
    return previous[right.count]
  }
}
