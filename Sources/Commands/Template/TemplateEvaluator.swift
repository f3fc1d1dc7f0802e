internal import JSON

struct TemplateEvaluator {
  private(set) var output = ""
  private let root: JSONValue
  private let missing: Template.Missing
  private var variables: [(name: String, value: JSONValue)] = []

  init(root: JSONValue, missing: Template.Missing) {
    self.root = root
    self.missing = missing
  }

  mutating func run(_ nodes: [TemplateNode], dot: JSONValue) throws(TemplateError) {
    let depth = variables.count
    for node in nodes { try run(node, dot: dot) }
    variables.removeLast(variables.count - depth)
  }

  private mutating func run(_ node: TemplateNode, dot: JSONValue) throws(TemplateError) {
    switch node {
    case .text(let text): output += text
    case .output(let pipeline):
      let value = try evaluate(pipeline, dot)
      if pipeline.variables.isEmpty { output += GoFormat.text(value) }
    case .condition(let pipeline, let then, let otherwise):
      let depth = variables.count
      let isTrue = Self.isTrue(try evaluate(pipeline, dot))
      try run(isTrue ? then : otherwise, dot: dot)
      variables.removeLast(variables.count - depth)
    case .with(let pipeline, let body, let otherwise):
      let depth = variables.count
      let value = try evaluate(pipeline, dot)
      if Self.isTrue(value) { try run(body, dot: value) } else { try run(otherwise, dot: dot) }
      variables.removeLast(variables.count - depth)
    case .range(let pipeline, let body, let otherwise):
      var plain = pipeline
      plain.variables = []
      let items = try Self.items(try evaluate(plain, dot))
      if items.isEmpty { try run(otherwise, dot: dot) }
      for (key, value) in items {
        let depth = variables.count
        switch pipeline.variables.count {
        case 0: break
        case 1: variables.append((pipeline.variables[0], value))
        default: variables += [(pipeline.variables[0], key), (pipeline.variables[1], value)]
        }
        try run(body, dot: value)
        variables.removeLast(variables.count - depth)
      }
    }
  }

  /// What `range` goes over: maps in the order of their keys.
  private static func items(_ value: JSONValue) throws(TemplateError) -> [(JSONValue, JSONValue)] {
    switch value {
    case .null: return []
    case .array(let list): return list.enumerated().map { (.integer(Int64($0)), $1) }
    case .object(let object): return object.sorted { $0.key < $1.key }.map { (.string($0.key), $0.value) }
    case .integer(let count) where count >= 0: return (0..<count).map { (.integer($0), .integer($0)) }
    default: throw TemplateError("range can't iterate over \(GoFormat.text(value))")
    }
  }

  static func isTrue(_ value: JSONValue) -> Bool {
    switch value {
    case .null: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .number(let value): value != 0
    case .string(let value): !value.isEmpty
    case .bytes(let value): !value.isEmpty
    case .array(let value): !value.isEmpty
    case .object(let value): !value.isEmpty
    }
  }

  private mutating func evaluate(_ pipeline: TemplatePipeline, _ dot: JSONValue) throws(TemplateError) -> JSONValue {
    var value: JSONValue?
    for command in pipeline.commands { value = try evaluate(command, dot, last: value) }
    let result = value ?? .null
    for name in pipeline.variables {
      if pipeline.isDeclaration {
        variables.append((name, result))
      } else if let index = variables.lastIndex(where: { $0.name == name }) {
        variables[index].value = result
      } else {
        throw TemplateError("undefined variable \"$\(name)\"")
      }
    }
    return result
  }

  private mutating func evaluate(
    _ command: [TemplateOperand], _ dot: JSONValue, last: JSONValue?
  ) throws(TemplateError) -> JSONValue {
    guard case .function(let name) = command[0] else {
      guard command.count == 1, last == nil else {
        throw TemplateError("can't give argument to non-function")
      }
      return try evaluate(command[0], dot)
    }
    // `and` and `or` stop at the first operand that decides.
    if name == "and" || name == "or" {
      var result = JSONValue.null
      for operand in command.dropFirst() {
        result = try evaluate(operand, dot)
        if Self.isTrue(result) == (name == "or") { return result }
      }
      return last ?? result
    }
    var arguments: [JSONValue] = []
    for operand in command.dropFirst() { arguments.append(try evaluate(operand, dot)) }
    if let last { arguments.append(last) }
    return try TemplateFunctions.call(name, arguments)
  }

  private mutating func evaluate(_ operand: TemplateOperand, _ dot: JSONValue) throws(TemplateError) -> JSONValue {
    switch operand {
    case .dot: return dot
    case .constant(let value): return value
    case .variable(""): return root
    case .variable(let name):
      guard let known = variables.last(where: { $0.name == name }) else {
        throw TemplateError("undefined variable \"$\(name)\"")
      }
      return known.value
    case .function(let name): return try TemplateFunctions.call(name, [])
    case .group(let pipeline): return try evaluate(pipeline, dot)
    case .field(let of, let name):
      let value = try evaluate(of, dot)
      switch value {
      case .object(let object):
        if let member = object[name] { return member }
        // Docker's templates name Go's fields, which differ from the JSON's keys in case here and there (APIVersion).
        if let member = object.first(where: { $0.key.lowercased() == name.lowercased() }) { return member.value }
        switch missing {
        case .unknownKey:
          throw TemplateError("template: :1: executing \"\" at <.\(name)>: map has no entry for key \"\(name)\"")
        case .unknownField:
          throw TemplateError("template: :1: executing \"\" at <.\(name)>: can't evaluate field \(name)")
        }
      case .null:
        throw TemplateError("template: :1: executing \"\" at <.\(name)>: nil pointer evaluating \(name)")
      default:
        throw TemplateError("template: :1: executing \"\" at <.\(name)>: can't evaluate field \(name) in \(value.kind)")
      }
    }
  }
}
