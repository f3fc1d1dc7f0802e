import Crypto
import JSON
import Lua

/// `engine.std`, `engine.json`, `engine.time`: pure functions. A wrong argument raises; text that cannot be read
/// returns `nil, err`.
enum Standard {
  /// Nil when there is no such function.
  static func call(_ name: String, _ values: [JSONValue]) -> LuaReply? {
    let arguments = Arguments(name: name, values: values)
    do throws(LuaRaise) {
      switch name {
      case "nearest": return .values([.string(try nearest(arguments))])
      case "glob.match": return .values([.bool(try matches([try arguments.text(0)], arguments))])
      case "glob.any": return .values([.bool(try matches(try arguments.texts(0), arguments))])
      case "cidr.parse": return try parseCIDR(arguments)
      case "cidr.contains": return .values([.bool(try arguments.cidr(0).contains(try arguments.cidr(1)))])
      case "cidr.overlaps": return .values([.bool(try arguments.cidr(0).overlaps(try arguments.cidr(1)))])
      case "cidr.nth":
        guard let address = try arguments.cidr(0).nth(try arguments.integer(1)) else {
          return invalid("there is no address \(try arguments.integer(1)) in \(try arguments.text(0))")
        }
        return .values([.string(address.description)])
      case "cidr.free": return try freeAddress(arguments)
      case "semver.parse":
        let text = try arguments.text(0)
        guard let version = SemanticVersion(text) else { return invalid("'\(text)' is no version such as 1.2.3") }
        var object: JSONObject = [
          "major": .integer(Int64(version.numbers[0])), "minor": .integer(Int64(version.numbers[1])),
          "patch": .integer(Int64(version.numbers[2])),
        ]
        if !version.prerelease.isEmpty { object["prerelease"] = .string(version.prerelease.joined(separator: ".")) }
        return .values([.object(object)])
      case "semver.compare":
        return .values([.integer(Int64(try arguments.version(0).compare(try arguments.version(1))))])
      case "semver.satisfies":
        guard let holds = try arguments.version(0).satisfies(try arguments.text(1)) else {
          throw LuaRaise("semver.satisfies: '\(try arguments.text(1))' is no range such as >=1.2 <2 or ^1.4")
        }
        return .values([.bool(holds)])
      case "reference.parse":
        let text = try arguments.text(0)
        guard let reference = ImageReference.parse(text) else { return invalid("'\(text)' is no image reference") }
        return .values([.object(reference)])
      case "duration.parse":
        let text = try arguments.text(0)
        guard let seconds = Units.seconds(text) else { return invalid("'\(text)' is no duration such as 1h30m") }
        return .values([number(seconds)])
      case "duration.format": return .values([.string(Units.text(seconds: try arguments.number(0)))])
      case "bytes.parse":
        let text = try arguments.text(0)
        guard let size = Units.size(text) else { return invalid("'\(text)' is no size such as 64MiB") }
        return .values([.integer(size)])
      case "bytes.format": return .values([.string(Units.text(bytes: try arguments.number(0)))])
      case "base64.encode":
        return .values([.string(String(decoding: Base64.encode(try arguments.bytes(0)), as: UTF8.self))])
      case "base64.decode":
        guard let bytes = Base64.decode(try arguments.bytes(0)) else { return invalid("this is no base64") }
        return .values([text(bytes)])
      case "sha256":
        let digits = Array("0123456789abcdef")
        let digest = SHA256.hash(data: try arguments.bytes(0))
        return .values([.string(String(digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }))])
      case "redact": return .values([Redaction.apply(try arguments.value(0))])
      case "time.parse":
        let text = try arguments.text(0)
        guard let seconds = Timestamp.parse(text) else {
          return invalid("'\(text)' is no time such as 2027-01-02T03:04:05Z")
        }
        return .values([number(seconds)])
      case "time.format":
        let pattern = values.count > 1 && !values[1].isNull ? try arguments.text(1) : "%Y-%m-%dT%H:%M:%SZ"
        guard let text = Timestamp.format(try arguments.number(0), pattern) else {
          throw LuaRaise("time.format: '\(pattern)' is no pattern of %Y %m %d %H %M %S %j %a %b %s %%")
        }
        return .values([.string(text)])
      case "json.encode":
        let isPretty = values.count > 1 && values[1] == true
        return .values([.string(String(decoding: JSON.write(try arguments.value(0), pretty: isPretty), as: UTF8.self))])
      case "json.decode":
        let text = try arguments.text(0)
        do throws(JSONError) {
          return .values([try JSON.parse(text)])
        } catch {
          return invalid("\(error)")
        }
      default: return nil
      }
    } catch {
      return .raise(error.message)
    }
  }

  private static func invalid(_ message: String) -> LuaReply { worldError(ServiceError(.invalid, message)) }

  private static func number(_ value: Double) -> JSONValue {
    Int64(exactly: value).map { .integer($0) } ?? .number(value)
  }

  private static func text(_ bytes: [UInt8]) -> JSONValue {
    String(validating: bytes, as: UTF8.self).map { .string($0) } ?? .bytes(bytes)
  }

  /// Bounded, because no count hook looks while it runs.
  private static func matches(_ patterns: [String], _ arguments: Arguments) throws(LuaRaise) -> Bool {
    let text = try arguments.text(1)
    guard patterns.reduce(0, { $0 + $1.utf8.count }) * text.utf8.count <= 1 << 22 else {
      throw LuaRaise("\(arguments.name): patterns and text are too long")
    }
    return patterns.contains { Glob.matches($0, text) }
  }

  private static func nearest(_ arguments: Arguments) throws(LuaRaise) -> String {
    Suggestion.text(for: try arguments.text(0), among: try arguments.texts(1))
  }

  private static func parseCIDR(_ arguments: Arguments) throws(LuaRaise) -> LuaReply {
    let text = try arguments.text(0)
    guard let cidr = CIDR(text) else { return invalid("'\(text)' is no address such as 10.0.0.7/24") }
    return .values([
      [
        "address": .string(cidr.address), "prefix": .integer(Int64(cidr.prefix)),
        "version": cidr.isIPv6 ? 6 : 4, "network": .string(cidr.network.description),
        "broadcast": .string(cidr.broadcast.address),
      ]
    ])
  }

  private static func freeAddress(_ arguments: Arguments) throws(LuaRaise) -> LuaReply {
    let subnet = try arguments.cidr(0)
    var taken: Set<UInt128> = []
    for text in try arguments.texts(1) {
      guard let address = CIDR(text) else { throw LuaRaise("cidr.free: '\(text)' is no address") }
      taken.insert(address.bits)
    }
    let range = arguments.has(2) ? try arguments.cidr(2) : nil
    guard let free = subnet.free(taken: taken, range: range) else {
      return worldError(ServiceError(.full, "no address is free in \(range ?? subnet)"))
    }
    return .values([.string(free.description)])
  }
}

private struct Arguments {
  let name: String
  let values: [JSONValue]

  func has(_ index: Int) -> Bool { values.indices.contains(index) && !values[index].isNull }

  func value(_ index: Int) throws(LuaRaise) -> JSONValue {
    guard values.indices.contains(index) else { throw LuaRaise("\(name): argument \(index + 1) is missing") }
    return values[index]
  }

  func text(_ index: Int) throws(LuaRaise) -> String {
    let value = try value(index)
    guard let text = value.stringValue else { throw wrong(index, "a string", value) }
    return text
  }

  func bytes(_ index: Int) throws(LuaRaise) -> [UInt8] {
    let value = try value(index)
    switch value {
    case .bytes(let bytes): return bytes
    case .string(let text): return Array(text.utf8)
    default: throw wrong(index, "a string", value)
    }
  }

  func texts(_ index: Int) throws(LuaRaise) -> [String] {
    let value = try value(index)
    if value == [:] { return [] }
    guard let list = value.arrayValue, case let texts = list.compactMap(\.stringValue), texts.count == list.count else {
      throw wrong(index, "a list of strings", value)
    }
    return texts
  }

  func integer(_ index: Int) throws(LuaRaise) -> Int64 {
    let value = try value(index)
    if let integer = value.integerValue { return integer }
    guard case .number(let number) = value, let integer = Int64(exactly: number) else {
      throw wrong(index, "an integer", value)
    }
    return integer
  }

  func number(_ index: Int) throws(LuaRaise) -> Double {
    let value = try value(index)
    guard let number = value.numberValue else { throw wrong(index, "a number", value) }
    return number
  }

  func cidr(_ index: Int) throws(LuaRaise) -> CIDR {
    let text = try text(index)
    guard let cidr = CIDR(text) else { throw LuaRaise("\(name): '\(text)' is no address such as 10.0.0.7/24") }
    return cidr
  }

  func version(_ index: Int) throws(LuaRaise) -> SemanticVersion {
    let text = try text(index)
    guard let version = SemanticVersion(text) else { throw LuaRaise("\(name): '\(text)' is no version such as 1.2.3") }
    return version
  }

  private func wrong(_ index: Int, _ wanted: String, _ value: JSONValue) -> LuaRaise {
    LuaRaise("\(name): argument \(index + 1) has to be \(wanted), not \(value.kind)")
  }
}
