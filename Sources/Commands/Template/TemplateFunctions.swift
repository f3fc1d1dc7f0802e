internal import EngineClient
internal import JSON

/// The functions a template may call: Go's own and Docker's (`templates.go`).
enum TemplateFunctions {
  static func call(_ name: String, _ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
    switch name {
    case "json": return .string(try jsonText(one(name, arguments)))
    case "lower": return .string(try text(name, arguments).lowercased())
    case "upper": return .string(try text(name, arguments).uppercased())
    case "title": return .string(titled(try text(name, arguments)))
    case "html", "js", "urlquery": return .string(try text(name, arguments))
    case "len": return .integer(Int64(try length(one(name, arguments))))
    case "print": return .string(GoFormat.print(arguments))
    case "println": return .string(arguments.map(GoFormat.text).joined(separator: " ") + "\n")
    case "printf":
      guard let format = arguments.first?.stringValue else { throw wrongCount(name) }
      return .string(GoFormat.printf(format, Array(arguments.dropFirst())))
    case "join":
      guard arguments.count == 2, let separator = arguments[1].stringValue else { throw wrongCount(name) }
      return .string((arguments[0].arrayValue ?? []).map(GoFormat.text).joined(separator: separator))
    case "split":
      guard arguments.count == 2, let text = arguments[0].stringValue, let separator = arguments[1].stringValue else {
        throw wrongCount(name)
      }
      return .array(split(text, separator).map { .string($0) })
    case "pad":
      guard arguments.count == 3, let text = arguments[0].stringValue, let left = arguments[1].integerValue,
        let right = arguments[2].integerValue, (0...1000).contains(left), (0...1000).contains(right)
      else { throw wrongCount(name) }
      if text.isEmpty { return .string("") }
      return .string(String(repeating: " ", count: Int(left)) + text + String(repeating: " ", count: Int(right)))
    case "truncate":
      guard arguments.count == 2, let text = arguments[0].stringValue, let limit = arguments[1].integerValue else {
        throw wrongCount(name)
      }
      return .string(String(text.prefix(Int(max(0, limit)))))
    case "not": return .bool(!TemplateEvaluator.isTrue(try one(name, arguments)))
    case "index": return try index(arguments)
    case "slice": return try slice(arguments)
    case "eq":
      guard arguments.count >= 2 else { throw wrongCount(name) }
      return .bool(arguments.dropFirst().contains { isEqual(arguments[0], $0) })
    case "ne":
      guard arguments.count == 2 else { throw wrongCount(name) }
      return .bool(!isEqual(arguments[0], arguments[1]))
    case "lt", "le", "gt", "ge": return .bool(try compare(name, arguments))
    default: throw TemplateError("function \"\(name)\" not defined")
    }
  }

  private static func wrongCount(_ name: String) -> TemplateError {
    TemplateError("wrong arguments for \(name)")
  }

  private static func one(_ name: String, _ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
    guard arguments.count == 1 else { throw wrongCount(name) }
    return arguments[0]
  }

  private static func text(_ name: String, _ arguments: [JSONValue]) throws(TemplateError) -> String {
    GoFormat.text(try one(name, arguments))
  }

  private static func jsonText(_ value: JSONValue) -> String { JSON.text(value) }

  private static func titled(_ text: String) -> String {
    var isFirst = true
    return String(
      text.map { character in
        defer { isFirst = !(character.isLetter || character.isNumber || character == "'") }
        return isFirst ? Character(character.uppercased()) : character
      })
  }

  private static func length(_ value: JSONValue) throws(TemplateError) -> Int {
    switch value {
    case .string(let text): return text.utf8.count
    case .bytes(let bytes): return bytes.count
    case .array(let list): return list.count
    case .object(let object): return object.count
    case .null: return 0
    default: throw TemplateError("error calling len: len of type \(value.kind)")
    }
  }

  private static func split(_ text: String, _ separator: String) -> [String] {
    guard !separator.isEmpty else { return text.map(String.init) }
    return text.parts(separatedBy: separator)
  }

  /// `index .Map "key"`, `index .List 0 …`: an absent key of a map is nothing, an absent element an error.
  private static func index(_ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
    guard var value = arguments.first else { throw wrongCount("index") }
    for key in arguments.dropFirst() {
      switch (value, key) {
      case (.object(let object), .string(let name)): value = object[name] ?? .null
      case (.array(let list), .integer(let position)):
        guard list.indices.contains(Int(position)) else {
          throw TemplateError("error calling index: reflect: slice index out of range")
        }
        value = list[Int(position)]
      case (.string(let text), .integer(let position)):
        let bytes = Array(text.utf8)
        guard bytes.indices.contains(Int(position)) else {
          throw TemplateError("error calling index: index out of range: \(position)")
        }
        value = .integer(Int64(bytes[Int(position)]))
      case (.null, _): throw TemplateError("error calling index: index of untyped nil")
      default: throw TemplateError("error calling index: cannot index \(value.kind) with \(key.kind)")
      }
    }
    return value
  }

  private static func slice(_ arguments: [JSONValue]) throws(TemplateError) -> JSONValue {
    guard let value = arguments.first else { throw wrongCount("slice") }
    let bounds = arguments.dropFirst().compactMap { $0.integerValue.map(Int.init) }
    func range(_ count: Int) throws(TemplateError) -> Range<Int> {
      let lower = bounds.first ?? 0
      let upper = bounds.count > 1 ? bounds[1] : count
      guard 0 <= lower, lower <= upper, upper <= count else {
        throw TemplateError("error calling slice: index out of range: \(upper)")
      }
      return lower..<upper
    }
    switch value {
    case .string(let text):
      let bytes = Array(text.utf8)
      return .string(String(decoding: bytes[try range(bytes.count)], as: UTF8.self))
    case .array(let list): return .array(Array(list[try range(list.count)]))
    default: throw TemplateError("error calling slice: can't slice \(value.kind)")
    }
  }

  private static func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
    if let left = left.numberValue, let right = right.numberValue { return left == right }
    return left == right
  }

  private static func compare(_ name: String, _ arguments: [JSONValue]) throws(TemplateError) -> Bool {
    guard arguments.count == 2 else { throw wrongCount(name) }
    let isLess: Bool
    let isSame: Bool
    if let left = arguments[0].numberValue, let right = arguments[1].numberValue {
      (isLess, isSame) = (left < right, left == right)
    } else if let left = arguments[0].stringValue, let right = arguments[1].stringValue {
      (isLess, isSame) = (left < right, left == right)
    } else {
      throw TemplateError("error calling \(name): incompatible types for comparison")
    }
    switch name {
    case "lt": return isLess
    case "le": return isLess || isSame
    case "gt": return !isLess && !isSame
    default: return !isLess
    }
  }
}
