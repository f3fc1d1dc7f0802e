/// Patterns for names and paths: `*` is any run without `/`, `**` any run, `?` one character but `/`, `[a-z]` a class,
/// `\` takes the next character as it is. Takes time in proportion to pattern times text.
enum Glob {
  private enum Token {
    case character(UInt8)
    case any
    case run
    case deepRun
    case set([ClosedRange<UInt8>], negated: Bool)

    func matches(_ byte: UInt8) -> Bool {
      switch self {
      case .character(let character): byte == character
      case .any: byte != UInt8(ascii: "/")
      case .set(let ranges, let negated):
        byte != UInt8(ascii: "/") && ranges.contains { $0.contains(byte) } != negated
      case .run: byte != UInt8(ascii: "/")
      case .deepRun: true
      }
    }
  }

  static func matches(_ pattern: String, _ text: String) -> Bool {
    let tokens = parse(Array(pattern.utf8))
    // The set of tokens that may come next, as a bit per token.
    var states = [Bool](repeating: false, count: tokens.count + 1)
    func close(_ states: inout [Bool]) {
      for (index, token) in tokens.enumerated() where states[index] {
        switch token {
        case .run, .deepRun: states[index + 1] = true
        default: break
        }
      }
    }
    states[0] = true
    close(&states)
    for byte in text.utf8 {
      var next = [Bool](repeating: false, count: tokens.count + 1)
      for (index, token) in tokens.enumerated() where states[index] && token.matches(byte) {
        switch token {
        case .run, .deepRun: next[index] = true
        default: next[index + 1] = true
        }
      }
      close(&next)
      states = next
    }
    return states[tokens.count]
  }

  private static func parse(_ pattern: [UInt8]) -> [Token] {
    var tokens: [Token] = []
    var index = 0
    while index < pattern.count {
      switch pattern[index] {
      case UInt8(ascii: "*"):
        if index + 1 < pattern.count, pattern[index + 1] == UInt8(ascii: "*") {
          tokens.append(.deepRun)
          index += 1
        } else {
          tokens.append(.run)
        }
      case UInt8(ascii: "?"): tokens.append(.any)
      case UInt8(ascii: "\\") where index + 1 < pattern.count:
        index += 1
        tokens.append(.character(pattern[index]))
      case UInt8(ascii: "["):
        if let (set, end) = set(pattern, index + 1) {
          tokens.append(set)
          index = end
        } else {
          tokens.append(.character(pattern[index]))
        }
      default: tokens.append(.character(pattern[index]))
      }
      index += 1
    }
    return tokens
  }

  private static func set(_ pattern: [UInt8], _ start: Int) -> (Token, end: Int)? {
    var index = start
    var negated = false
    if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
      negated = true
      index += 1
    }
    var ranges: [ClosedRange<UInt8>] = []
    let first = index
    while index < pattern.count {
      if pattern[index] == UInt8(ascii: "]") && index > first { return (.set(ranges, negated: negated), index) }
      let low = pattern[index]
      if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"), pattern[index + 2] != UInt8(ascii: "]") {
        let high = pattern[index + 2]
        if low <= high { ranges.append(low...high) }
        index += 3
      } else {
        ranges.append(low...low)
        index += 1
      }
    }
    return nil
  }
}
