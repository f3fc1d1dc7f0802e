import JSON

/// Writes values in the format that `value.c` reads.
struct LuaWriter {
  private(set) var bytes: [UInt8] = []

  mutating func write(_ value: JSONValue) {
    switch value {
    case .null: bytes.append(UInt8(ascii: "n"))
    case .bool(let flag): bytes.append(flag ? UInt8(ascii: "t") : UInt8(ascii: "f"))
    case .integer(let integer):
      bytes.append(UInt8(ascii: "i"))
      append(integer)
    case .number(let number):
      bytes.append(UInt8(ascii: "d"))
      append(number.bitPattern)
    case .string(let text):
      bytes.append(UInt8(ascii: "s"))
      append(text)
    case .bytes(let content):
      bytes.append(UInt8(ascii: "s"))
      append(UInt32(content.count))
      bytes.append(contentsOf: content)
    case .array(let list):
      bytes.append(UInt8(ascii: "a"))
      append(UInt32(list.count))
      for element in list { write(element) }
    case .object(let members):
      bytes.append(UInt8(ascii: "o"))
      append(UInt32(members.count))
      for (key, value) in members {
        append(key)
        write(value)
      }
    }
  }

  mutating func writeDocument(_ document: UInt64, node: Int) {
    bytes.append(UInt8(ascii: "N"))
    append(document)
    append(Int64(node))
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      append(UInt32(utf8.count))
      bytes.append(contentsOf: utf8)
    }
  }

  private mutating func append(_ integer: some FixedWidthInteger) {
    withUnsafeBytes(of: integer) { bytes.append(contentsOf: $0) }
  }
}

/// Reads what `value.c` wrote. An empty table is an empty object unless the script marked it as a list; object keys
/// come sorted, because a Lua table has no order.
struct LuaReader {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// Gives the value that an event table stands for.
  private let resolve: (UInt64, Int) -> JSONValue?

  init(_ bytes: UnsafeRawBufferPointer, resolve: @escaping (UInt64, Int) -> JSONValue?) {
    self.bytes = bytes
    self.resolve = resolve
  }

  mutating func readAll() throws(LuaError) -> [JSONValue] {
    var values: [JSONValue] = []
    while position < bytes.count { values.append(try read()) }
    return values
  }

  mutating func read() throws(LuaError) -> JSONValue {
    switch try integer(UInt8.self) {
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "t"): return .bool(true)
    case UInt8(ascii: "f"): return .bool(false)
    case UInt8(ascii: "i"): return .integer(try integer(Int64.self))
    case UInt8(ascii: "d"): return .number(Double(bitPattern: try integer(UInt64.self)))
    case UInt8(ascii: "s"):
      let content = try content()
      guard let text = String(validating: content, as: UTF8.self) else { return .bytes(Array(content)) }
      return .string(text)
    case UInt8(ascii: "e"): return .object([:])
    case UInt8(ascii: "a"):
      let count = Int(try integer(UInt32.self))
      var list: [JSONValue] = []
      list.reserveCapacity(min(count, bytes.count - position))
      for _ in 0..<count { list.append(try read()) }
      return .array(list)
    case UInt8(ascii: "o"):
      let count = Int(try integer(UInt32.self))
      var members: [JSONObject.Element] = []
      members.reserveCapacity(min(count, bytes.count - position))
      for _ in 0..<count {
        let name = String(decoding: try content(), as: UTF8.self)
        members.append((name, try read()))
      }
      members.sort { $0.key < $1.key }
      return .object(JSONObject(members))
    case UInt8(ascii: "N"):
      let document = try integer(UInt64.self)
      let node = Int(try integer(Int64.self))
      guard let value = resolve(document, node) else {
        throw LuaError("an event table was kept beyond the call it belongs to")
      }
      return value
    default:
      throw LuaError("unknown tag in a value")
    }
  }

  private mutating func content() throws(LuaError) -> Slice<UnsafeRawBufferPointer> {
    let count = Int(try integer(UInt32.self))
    guard bytes.count - position >= count else { throw LuaError("truncated value") }
    defer { position += count }
    return bytes[position..<position + count]
  }

  private mutating func integer<T: FixedWidthInteger>(_ type: T.Type) throws(LuaError) -> T {
    let size = MemoryLayout<T>.size
    guard bytes.count - position >= size else { throw LuaError("truncated value") }
    defer { position += size }
    return bytes.loadUnaligned(fromByteOffset: position, as: T.self)
  }
}
