/// A version by semver.org 2.0; missing parts are zero, a leading `v` is let through.
struct SemanticVersion: Comparable {
  var numbers: [Int]
  var prerelease: [Substring]
  /// How many of the three numbers were written: "1.2" leaves the patch open in a range.
  var written: Int

  init?(_ text: some StringProtocol) {
    var rest = Substring(text)
    if rest.first == "v" { rest.removeFirst() }
    if let plus = rest.firstIndex(of: "+") { rest = rest[..<plus] }
    prerelease = []
    if let dash = rest.firstIndex(of: "-") {
      prerelease = rest[rest.index(after: dash)...].split(separator: ".", omittingEmptySubsequences: false)
      rest = rest[..<dash]
    }
    let parts = rest.split(separator: ".", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count) else { return nil }
    numbers = []
    for part in parts {
      guard let number = Int(part), part.allSatisfy(\.isNumber) else { return nil }
      numbers.append(number)
    }
    written = numbers.count
    while numbers.count < 3 { numbers.append(0) }
  }

  static func < (left: Self, right: Self) -> Bool { left.compare(right) < 0 }
  static func == (left: Self, right: Self) -> Bool { left.compare(right) == 0 }

  /// −1, 0 or 1.
  func compare(_ other: Self) -> Int {
    for (a, b) in zip(numbers, other.numbers) where a != b { return a < b ? -1 : 1 }
    if prerelease.isEmpty || other.prerelease.isEmpty {
      return prerelease.isEmpty == other.prerelease.isEmpty ? 0 : prerelease.isEmpty ? 1 : -1
    }
    for (a, b) in zip(prerelease, other.prerelease) where a != b {
      switch (Int(a), Int(b)) {
      case (let a?, let b?): return a < b ? -1 : 1
      case (_?, nil): return -1
      case (nil, _?): return 1
      case (nil, nil): return a < b ? -1 : 1
      }
    }
    return prerelease.count == other.prerelease.count ? 0 : prerelease.count < other.prerelease.count ? -1 : 1
  }

  /// "^1.2 || >=2.1 <3", "~1.4.2", "1.x"; nil where the range cannot be read.
  func satisfies(_ range: String) -> Bool? {
    var isAny = false
    for alternative in range.split(separator: "|").map({ $0.drop(while: { $0 == " " }) }) where !alternative.isEmpty {
      var isAll = true
      for condition in alternative.split(separator: " ") {
        guard let holds = holds(condition) else { return nil }
        isAll = isAll && holds
      }
      isAny = isAny || isAll
    }
    return isAny
  }

  private func holds(_ condition: Substring) -> Bool? {
    let `operator` = condition.prefix { "<>=^~!".contains($0) }
    var rest = condition.dropFirst(`operator`.count)
    if rest == "*" || rest == "x" { return true }
    while rest.hasSuffix(".x") || rest.hasSuffix(".*") { rest = rest.dropLast(2) }
    guard let bound = SemanticVersion(rest) else { return nil }
    func next(_ index: Int) -> SemanticVersion {
      var version = bound
      version.prerelease = []
      version.numbers[index] += 1
      for later in (index + 1)..<3 where later < 3 { version.numbers[later] = 0 }
      return version
    }
    switch `operator` {
    case "", "=", "==": return bound.written == 3 ? self == bound : self >= bound && self < next(bound.written - 1)
    case "!=": return self != bound
    case ">": return self > bound
    case ">=": return self >= bound
    case "<": return self < bound
    case "<=": return self <= bound
    case "~": return self >= bound && self < next(min(bound.written, 2) - 1)
    case "^":
      let index = bound.numbers.firstIndex { $0 != 0 } ?? bound.written - 1
      return self >= bound && self < next(min(index, 2))
    default: return nil
    }
  }
}
