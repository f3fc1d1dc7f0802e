/// The same values in binary (RFC 8949): what Moonpool's own programs say to each other and keep on disk.
///
/// Definite lengths only, integers in their shortest form, text keys, no tags; `encode` is deterministic for one order
/// of members.
public enum CBOR {
  public static func encode(_ value: JSONValue) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(256)
    write(value, into: &output)
    return output
  }

  public static func encode(_ value: some Encodable) throws(JSONError) -> [UInt8] { encode(try JSON.value(of: value)) }

  public static func decode(_ bytes: [UInt8], depth: Int = 64) throws(JSONError) -> JSONValue {
    var reader = Reader(bytes: bytes)
    let value = try reader.value(depth: depth)
    guard reader.offset == bytes.count else {
      throw JSONError(.syntax, "unexpected bytes after the CBOR item", position: reader.offset)
    }
    return value
  }

  public static func decode<T: Decodable>(_ type: T.Type, from bytes: [UInt8]) throws(JSONError) -> T {
    try JSON.decode(type, from: decode(bytes))
  }
}

extension CBOR {
  private enum Major {
    static let unsigned: UInt8 = 0
    static let negative: UInt8 = 1
    static let bytes: UInt8 = 2
    static let text: UInt8 = 3
    static let array: UInt8 = 4
    static let map: UInt8 = 5
    static let simple: UInt8 = 7
  }

  private static func head(_ major: UInt8, _ argument: UInt64, into output: inout [UInt8]) {
    let type = major << 5
    switch argument {
    case 0..<24: output.append(type | UInt8(argument))
    case 24...0xFF:
      output.append(type | 24)
      output.append(UInt8(argument))
    case 0x100...0xFFFF:
      output.append(type | 25)
      bigEndian(argument, count: 2, into: &output)
    case 0x1_0000...0xFFFF_FFFF:
      output.append(type | 26)
      bigEndian(argument, count: 4, into: &output)
    default:
      output.append(type | 27)
      bigEndian(argument, count: 8, into: &output)
    }
  }

  private static func bigEndian(_ value: UInt64, count: Int, into output: inout [UInt8]) {
    for index in (0..<count).reversed() { output.append(UInt8(truncatingIfNeeded: value >> UInt64(index * 8))) }
  }

  private static func write(_ value: JSONValue, into output: inout [UInt8]) {
    switch value {
    case .null: output.append(0xF6)
    case .bool(let flag): output.append(flag ? 0xF5 : 0xF4)
    case .integer(let integer):
      if integer >= 0 {
        head(Major.unsigned, UInt64(integer), into: &output)
      } else {
        head(Major.negative, UInt64(bitPattern: ~integer), into: &output)
      }
    case .number(let number):
      output.append(Major.simple << 5 | 27)
      bigEndian(number.bitPattern, count: 8, into: &output)
    case .string(var text):
      text.withUTF8 { utf8 in
        head(Major.text, UInt64(utf8.count), into: &output)
        output.append(contentsOf: utf8)
      }
    case .bytes(let bytes):
      head(Major.bytes, UInt64(bytes.count), into: &output)
      output.append(contentsOf: bytes)
    case .array(let list):
      head(Major.array, UInt64(list.count), into: &output)
      for element in list { write(element, into: &output) }
    case .object(let object):
      head(Major.map, UInt64(object.count), into: &output)
      for (key, member) in object {
        write(.string(key), into: &output)
        write(member, into: &output)
      }
    }
  }

  private struct Reader {
    let bytes: [UInt8]
    var offset = 0

    func fail(_ message: String) -> JSONError { JSONError(.syntax, message, position: offset) }

    mutating func byte() throws(JSONError) -> UInt8 {
      guard offset < bytes.count else { throw fail("the CBOR item ends too early") }
      defer { offset += 1 }
      return bytes[offset]
    }

    mutating func argument(_ additional: UInt8) throws(JSONError) -> UInt64 {
      let count: Int
      switch additional {
      case 0..<24: return UInt64(additional)
      case 24: count = 1
      case 25: count = 2
      case 26: count = 4
      case 27: count = 8
      default: throw fail("indefinite lengths are not accepted")
      }
      var value: UInt64 = 0
      for _ in 0..<count { value = value << 8 | UInt64(try byte()) }
      return value
    }

    mutating func take(_ count: UInt64) throws(JSONError) -> ArraySlice<UInt8> {
      guard count <= UInt64(bytes.count - offset) else { throw fail("the CBOR item ends too early") }
      let slice = bytes[offset..<(offset + Int(count))]
      offset += Int(count)
      return slice
    }

    mutating func text(_ count: UInt64) throws(JSONError) -> String {
      guard let text = String(validating: try take(count), as: UTF8.self) else {
        throw fail("a text string is not valid UTF-8")
      }
      return text
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
      guard depth > 0 else { throw JSONError(.limit, "the CBOR item is nested too deeply", position: offset) }
      let head = try byte()
      let additional = head & 0x1F
      switch head >> 5 {
      case Major.unsigned:
        guard let integer = Int64(exactly: try argument(additional)) else { throw fail("an integer is out of range") }
        return .integer(integer)
      case Major.negative:
        guard let integer = Int64(exactly: try argument(additional)) else { throw fail("an integer is out of range") }
        return .integer(~integer)
      case Major.bytes: return .bytes(Array(try take(try argument(additional))))
      case Major.text: return .string(try text(try argument(additional)))
      case Major.array:
        let count = try argument(additional)
        // Every element takes a byte at least: a count beyond the rest is a lie, not a reservation to make.
        guard count <= UInt64(bytes.count - offset) else { throw fail("the CBOR item ends too early") }
        var list: [JSONValue] = []
        list.reserveCapacity(Int(count))
        for _ in 0..<count { list.append(try value(depth: depth - 1)) }
        return .array(list)
      case Major.map:
        let count = try argument(additional)
        guard count <= UInt64(bytes.count - offset) else { throw fail("the CBOR item ends too early") }
        var object = JSONObject()
        for _ in 0..<count {
          let head = try byte()
          guard head >> 5 == Major.text else { throw fail("a map's key must be text") }
          let key = try text(try argument(head & 0x1F))
          guard object[key] == nil else { throw JSONError(.duplicateKey, "duplicate key \"\(key)\"", position: offset) }
          object[key] = try value(depth: depth - 1)
        }
        return .object(object)
      default:
        switch head {
        case 0xF4: return .bool(false)
        case 0xF5: return .bool(true)
        case 0xF6: return .null
        case 0xFB: return .number(Double(bitPattern: try argument(27)))
        default: throw fail("CBOR type \(head) is not accepted")
        }
      }
    }
  }
}
