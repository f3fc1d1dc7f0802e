internal import JSON

/// A template as a tree.
indirect enum TemplateNode {
  case text(String)
  case output(TemplatePipeline)
  case condition(TemplatePipeline, then: [TemplateNode], otherwise: [TemplateNode])
  case range(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
  case with(TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode])
}

struct TemplatePipeline {
  /// `$index, $value :=` before it.
  var variables: [String] = []
  var isDeclaration = false
  /// Each command's value is the last argument of the next.
  var commands: [[TemplateOperand]] = []
}

indirect enum TemplateOperand {
  case dot
  case constant(JSONValue)
  case variable(String)
  case function(String)
  case group(TemplatePipeline)
  /// `.State.Running`, `$x.Name`, `(index .Mounts 0).Source`
  case field(TemplateOperand, String)
}

struct TemplateParser {
  private var tokens: ArraySlice<TemplateToken>

  static func parse(_ source: String) throws(TemplateError) -> [TemplateNode] {
    var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source)[...])
    let (nodes, end) = try parser.block()
    guard end == nil else { throw TemplateError("unexpected {{\(end ?? "")}}") }
    return nodes
  }

  /// Nodes up to `{{end}}` or `{{else …}}`, which is left to be read; nil at the end of the source.
  private mutating func block() throws(TemplateError) -> (nodes: [TemplateNode], end: String?) {
    var nodes: [TemplateNode] = []
    while let token = tokens.popFirst() {
      if case .text(let text) = token {
        nodes.append(.text(text))
        continue
      }
      guard case .identifier(let word) = tokens.first else {
        nodes.append(.output(try pipeline()))
        try close()
        continue
      }
      switch word {
      case "end", "else":
        tokens.removeFirst()
        return (nodes, word)
      case "if":
        tokens.removeFirst()
        nodes.append(try branch { .condition($0, then: $1, otherwise: $2) })
      case "with":
        tokens.removeFirst()
        nodes.append(try branch { .with($0, body: $1, otherwise: $2) })
      case "range":
        tokens.removeFirst()
        nodes.append(try branch { .range($0, body: $1, otherwise: $2) })
      case "define", "template", "block", "break", "continue":
        throw TemplateError("{{\(word)}} is not supported in --format")
      default:
        nodes.append(.output(try pipeline()))
        try close()
      }
    }
    return (nodes, nil)
  }

  private mutating func branch(
    _ make: (TemplatePipeline, [TemplateNode], [TemplateNode]) -> TemplateNode
  ) throws(TemplateError) -> TemplateNode {
    let condition = try pipeline()
    try close()
    let (body, end) = try block()
    if end == "end" {
      try close()
      return make(condition, body, [])
    }
    guard end == "else" else { throw TemplateError("unexpected EOF") }
    if case .identifier("if") = tokens.first {
      tokens.removeFirst()
      return make(condition, body, [try branch { .condition($0, then: $1, otherwise: $2) }])
    }
    try close()
    let (otherwise, last) = try block()
    guard last == "end" else { throw TemplateError(last == nil ? "unexpected EOF" : "expected end; found {{else}}") }
    try close()
    return make(condition, body, otherwise)
  }

  private mutating func close() throws(TemplateError) {
    guard tokens.popFirst() == .close else { throw TemplateError("unexpected token in action") }
  }

  private mutating func pipeline() throws(TemplateError) -> TemplatePipeline {
    var result = TemplatePipeline()
    readVariables(into: &result)
    while true {
      let command = try command()
      guard !command.isEmpty else { throw TemplateError("missing value for command") }
      result.commands.append(command)
      guard tokens.first == .pipe else { return result }
      tokens.removeFirst()
    }
  }

  private mutating func readVariables(into pipeline: inout TemplatePipeline) {
    var ahead = tokens
    var names: [String] = []
    while case .variable(let name) = ahead.first {
      ahead.removeFirst()
      names.append(name)
      if ahead.first == .comma {
        ahead.removeFirst()
      } else {
        break
      }
    }
    guard !names.isEmpty, ahead.first == .declare || ahead.first == .assign else { return }
    pipeline.isDeclaration = ahead.first == .declare
    pipeline.variables = names
    tokens = ahead.dropFirst()
  }

  private mutating func command() throws(TemplateError) -> [TemplateOperand] {
    var operands: [TemplateOperand] = []
    while let operand = try operand() { operands.append(operand) }
    return operands
  }

  private mutating func operand() throws(TemplateError) -> TemplateOperand? {
    var result: TemplateOperand
    switch tokens.first {
    case .dot: result = .dot
    case .field(let name): result = .field(.dot, name)
    case .variable(let name): result = .variable(name)
    case .string(let text): result = .constant(.string(text))
    case .number(let text):
      if let integer = Int64(text) {
        result = .constant(.integer(integer))
      } else if let number = Double(text) {
        result = .constant(.number(number))
      } else {
        throw TemplateError("bad number syntax: \"\(text)\"")
      }
    case .identifier("true"): result = .constant(true)
    case .identifier("false"): result = .constant(false)
    case .identifier("nil"): result = .constant(nil)
    case .identifier(let name): result = .function(name)
    case .leftParenthesis:
      tokens.removeFirst()
      result = .group(try pipeline())
      guard tokens.first == .rightParenthesis else { throw TemplateError("unclosed left paren") }
    default: return nil
    }
    tokens.removeFirst()
    while case .chained(let name) = tokens.first {
      tokens.removeFirst()
      result = .field(result, name)
    }
    return result
  }
}
