internal import EngineClient

/// The words of a template's actions (Go's text/template, the part that `--format` users know).
enum TemplateToken: Hashable {
  case text(String)
  case open, close
  case field(String)
  /// A field right behind another operand, which it belongs to: `.A.B`, and not `.A .B`.
  case chained(String)
  case variable(String)
  case dot
  case identifier(String)
  case string(String)
  case number(String)
  case pipe, leftParenthesis, rightParenthesis, assign, declare, comma
}

/// Why a template cannot be read or applied.
struct TemplateError: Error, Hashable, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = "template parsing error: " + description }
}

struct TemplateLexer {
  private var rest: Substring
  private var tokens: [TemplateToken] = []

  static func tokens(of source: String) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(rest: source[...])
    try lexer.run()
    return lexer.tokens
  }

  private init(rest: Substring) { self.rest = rest }

  private mutating func run() throws(TemplateError) {
    while !rest.isEmpty {
      guard let open = rest.firstOccurrence(of: "{{") else {
        tokens.append(.text(String(rest)))
        return
      }
      var text = rest[..<open.lowerBound]
      rest = rest[open.upperBound...]
      if rest.hasPrefix("- ") {
        while text.last?.isWhitespace ?? false { text.removeLast() }
        rest = rest.dropFirst(2)
      }
      if !text.isEmpty { tokens.append(.text(String(text))) }
      if rest.hasPrefix("/*") {
        guard let end = rest.firstOccurrence(of: "*/") else { throw TemplateError("unclosed comment") }
        rest = rest[end.upperBound...]
        try closeComment()
        continue
      }
      tokens.append(.open)
      try action()
    }
  }

  private mutating func closeComment() throws(TemplateError) {
    let trims = rest.hasPrefix(" -}}")
    guard trims || rest.hasPrefix("}}") else { throw TemplateError("comment ends before closing delimiter") }
    rest = rest.dropFirst(trims ? 4 : 2)
    if trims { rest = rest.drop(while: \.isWhitespace) }
  }

  private mutating func action() throws(TemplateError) {
    while true {
      let spaces = rest.prefix(while: \.isWhitespace)
      rest = rest[spaces.endIndex...]
      if !spaces.isEmpty, rest.hasPrefix("-}}") {
        rest = rest.dropFirst(3).drop(while: \.isWhitespace)
        tokens.append(.close)
        return
      }
      if rest.hasPrefix("}}") {
        rest = rest.dropFirst(2)
        tokens.append(.close)
        return
      }
      guard let first = rest.first else { throw TemplateError("unclosed action") }
      switch first {
      case "|": one(.pipe)
      case "(": one(.leftParenthesis)
      case ")": one(.rightParenthesis)
      case ",": one(.comma)
      case "=": one(.assign)
      case ":":
        guard rest.hasPrefix(":=") else { throw TemplateError("expected :=") }
        rest = rest.dropFirst(2)
        tokens.append(.declare)
      case "\"": try quoted()
      case "`":
        rest.removeFirst()
        guard let end = rest.firstIndex(of: "`") else { throw TemplateError("unterminated raw quoted string") }
        tokens.append(.string(String(rest[..<end])))
        rest = rest[rest.index(after: end)...]
      case ".":
        rest.removeFirst()
        let name = word()
        if !name.isEmpty {
          tokens.append(spaces.isEmpty && mayChain ? .chained(name) : .field(name))
        } else if rest.first?.isNumber ?? false {
          throw TemplateError("bad number syntax: \".\(rest.prefix(1))\"")
        } else {
          tokens.append(.dot)
        }
      case "$":
        rest.removeFirst()
        tokens.append(.variable(word()))
      case _ where first.isNumber || first == "-" || first == "+":
        rest.removeFirst()
        let digits = rest.prefix { $0.isNumber || $0 == "." }
        rest = rest[digits.endIndex...]
        tokens.append(.number(String(first) + digits))
      case _ where first.isLetter || first == "_": tokens.append(.identifier(word()))
      default: throw TemplateError("unexpected \"\(first)\" in action")
      }
    }
  }

  private var mayChain: Bool {
    switch tokens.last {
    case .field, .chained, .variable, .rightParenthesis: true
    default: false
    }
  }

  private mutating func one(_ token: TemplateToken) {
    rest.removeFirst()
    tokens.append(token)
  }

  private mutating func word() -> String {
    let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    rest = rest[name.endIndex...]
    return String(name)
  }

  private mutating func quoted() throws(TemplateError) {
    rest.removeFirst()
    var value = ""
    while let character = rest.popFirst(), character != "\"" {
      guard character == "\\" else {
        value.append(character)
        continue
      }
      switch rest.popFirst() {
      case "n": value.append("\n")
      case "t": value.append("\t")
      case "r": value.append("\r")
      case "\\": value.append("\\")
      case "\"": value.append("\"")
      default: throw TemplateError("unterminated quoted string")
      }
      if rest.isEmpty { throw TemplateError("unterminated quoted string") }
    }
    tokens.append(.string(value))
  }
}
