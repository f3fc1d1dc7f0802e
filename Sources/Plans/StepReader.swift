import Addresses
import JSON

/// Reads the fields of one step's table and knows afterwards which keys nobody asked for.
struct StepReader {
  private let table: JSONObject
  private var known: [String] = []

  init(_ table: JSONObject) { self.table = table }

  private mutating func take(_ key: String) -> JSONValue? {
    known.append(key)
    guard let value = table[key], !value.isNull else { return nil }
    return value
  }

  private func wrong(_ key: String, _ expected: String, _ value: JSONValue) -> PlanError {
    PlanError("expected \(expected), not \(value.kind)", path: key)
  }

  mutating func text(_ key: String) throws(PlanError) -> Field<String>? {
    guard let value = take(key) else { return nil }
    if case .string(let text) = value { return .value(text) }
    if let reference = Reference.read(value) { return .reference(reference) }
    throw wrong(key, "a string", value)
  }

  mutating func requiredText(_ key: String) throws(PlanError) -> Field<String> {
    guard let field = try text(key) else { throw PlanError("is missing", path: key) }
    if case .value("") = field { throw PlanError("is empty", path: key) }
    return field
  }

  mutating func string(_ key: String) throws(PlanError) -> String? {
    guard let value = take(key) else { return nil }
    guard case .string(let text) = value else { throw wrong(key, "a string", value) }
    return text
  }

  mutating func number(_ key: String, in range: ClosedRange<Int>) throws(PlanError) -> Field<Int>? {
    guard let value = take(key) else { return nil }
    if let reference = Reference.read(value) { return .reference(reference) }
    return .value(try integer(value, key, in: range))
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(PlanError) -> Int? {
    guard let value = take(key) else { return nil }
    return try integer(value, key, in: range)
  }

  private func integer(_ value: JSONValue, _ key: String, in range: ClosedRange<Int>) throws(PlanError) -> Int {
    guard case .integer(let number) = value else { throw wrong(key, "an integer", value) }
    guard let number = Int(exactly: number), range.contains(number) else {
      throw PlanError("\(number) is not between \(range.lowerBound) and \(range.upperBound)", path: key)
    }
    return number
  }

  mutating func flag(_ key: String, default fallback: Bool) throws(PlanError) -> Bool {
    try optionalFlag(key) ?? fallback
  }

  mutating func optionalFlag(_ key: String) throws(PlanError) -> Bool? {
    guard let value = take(key) else { return nil }
    guard case .bool(let flag) = value else { throw wrong(key, "true or false", value) }
    return flag
  }

  mutating func value(_ key: String) -> JSONValue? { take(key) }

  mutating func texts(_ key: String) throws(PlanError) -> [String]? {
    guard let value = take(key) else { return nil }
    guard let list = elements(value) else { throw wrong(key, "a list of strings", value) }
    var strings: [String] = []
    for (offset, element) in list.enumerated() {
      guard case .string(let text) = element else { throw wrong("\(key)[\(offset)]", "a string", element) }
      strings.append(text)
    }
    return strings
  }

  mutating func list(_ key: String) throws(PlanError) -> [JSONValue]? {
    guard let value = take(key) else { return nil }
    guard let list = elements(value) else { throw wrong(key, "a list", value) }
    return list
  }

  /// An empty Lua table is an empty object; where a list is meant it is an empty list.
  private func elements(_ value: JSONValue) -> [JSONValue]? {
    if case .object(let object) = value, object.isEmpty { return [] }
    return value.arrayValue
  }

  mutating func choice<C: RawRepresentable & CaseIterable>(
    _ key: String, _ type: C.Type
  ) throws(PlanError) -> C? where C.RawValue == String {
    guard let text = try string(key) else { return nil }
    guard let choice = C(rawValue: text) else {
      let names = C.allCases.map(\.rawValue)
      throw PlanError(
        "\"\(text)\" is none of \(names.joined(separator: ", "))\(suggestion(for: text, among: names))", path: key)
    }
    return choice
  }

  /// Octal text as `chmod` takes it, "0755".
  mutating func mode(_ key: String) throws(PlanError) -> UInt32? {
    guard let text = try string(key) else { return nil }
    guard let mode = UInt32(text, radix: 8), mode <= 0o7777 else {
      throw PlanError("\"\(text)\" is no octal mode such as \"0755\"", path: key)
    }
    return mode
  }

  /// `UID:GID` in decimal.
  mutating func owner(_ key: String) throws(PlanError) -> Owner? {
    guard let text = try string(key) else { return nil }
    guard let owner = Owner(text) else { throw PlanError("\"\(text)\" is no \"UID:GID\"", path: key) }
    return owner
  }

  mutating func checkedText(
    _ key: String, _ what: String, _ isValid: (String) -> Bool
  ) throws(PlanError) -> Field<String>? {
    let field = try text(key)
    if case .value(let text) = field, !isValid(text) { throw PlanError("\"\(text)\" is no \(what)", path: key) }
    return field
  }

  mutating func address(_ key: String) throws(PlanError) -> Field<String>? {
    try checkedText(key, "IP address") { IPAddress($0) != nil }
  }

  mutating func network(_ key: String) throws(PlanError) -> Field<String>? {
    try checkedText(key, "address with prefix length such as \"10.1.0.5/24\"") { IPNetwork($0) != nil }
  }

  mutating func mac(_ key: String) throws(PlanError) -> Field<String>? {
    try checkedText(key, "Ethernet address") { MACAddress($0) != nil }
  }

  /// An interface name as the kernel takes it (dev_valid_name: 1...15 bytes, no slash, colon or white space); `%d` at
  /// most once, for a number of the kernel's choice.
  mutating func interface(_ key: String) throws(PlanError) -> Field<String>? {
    try checkedText(key, "interface name (1 to 15 bytes, without space, slash or colon)") { name in
      (1...15).contains(name.utf8.count) && name != "." && name != ".."
        && !name.contains { $0 == "/" || $0 == ":" || $0.isWhitespace }
    }
  }

  mutating func path(_ key: String) throws(PlanError) -> Field<String>? {
    try checkedText(key, "absolute path without \"..\" parts") { path in
      path.hasPrefix("/") && !path.utf8.contains(0)
        && !path.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }
  }

  static func required<T>(_ value: T?, _ key: String) throws(PlanError) -> T {
    guard let value else { throw PlanError("is missing", path: key) }
    return value
  }

  /// Refuses what no field above asked for.
  func finish(verb: String) throws(PlanError) {
    for key in table.keys where !known.contains(key) {
      throw PlanError(
        "a \(verb) step has no field \"\(key)\"\(suggestion(for: key, among: known)) "
          + "(it has \(known.sorted().joined(separator: ", ")))", path: key)
    }
  }
}

/// Numeric owner of a file.
public struct Owner: Sendable, Hashable, CustomStringConvertible {
  public var uid: UInt32
  public var gid: UInt32

  public init(uid: UInt32, gid: UInt32) {
    self.uid = uid
    self.gid = gid
  }

  public init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let uid = UInt32(parts[0]), let gid = UInt32(parts[1]) else { return nil }
    self.init(uid: uid, gid: gid)
  }

  public var description: String { "\(uid):\(gid)" }
}

func octal(_ mode: UInt32) -> JSONValue { .string("0" + String(mode, radix: 8)) }
