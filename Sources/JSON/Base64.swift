/// Base64 (RFC 4648 §4), with the padding required when decoding the standard alphabet; `decode` also accepts the
/// URL-safe alphabet and missing padding, which registries and clients send.
public enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let urlAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  public static func encode(_ bytes: [UInt8], urlSafe: Bool = false, padding: Bool = true) -> [UInt8] {
    let alphabet = urlSafe ? urlAlphabet : alphabet
    var output: [UInt8] = []
    output.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let second = left > 1 ? bytes[index + 1] : 0
      let third = left > 2 ? bytes[index + 2] : 0
      let word = UInt32(bytes[index]) << 16 | UInt32(second) << 8 | UInt32(third)
      output.append(alphabet[Int(word >> 18 & 63)])
      output.append(alphabet[Int(word >> 12 & 63)])
      if left > 1 { output.append(alphabet[Int(word >> 6 & 63)]) } else if padding { output.append(UInt8(ascii: "=")) }
      if left > 2 { output.append(alphabet[Int(word & 63)]) } else if padding { output.append(UInt8(ascii: "=")) }
      index += 3
    }
    return output
  }

  /// The bytes, or nil where the text has a character outside both alphabets or an impossible length.
  public static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var output: [UInt8] = []
    var word: UInt32 = 0
    var bits = 0
    var padded = false
    for byte in text {
      let value: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte - UInt8(ascii: "A"))
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte - UInt8(ascii: "a")) + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte - UInt8(ascii: "0")) + 52
      case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
      case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
      case UInt8(ascii: "="):
        padded = true
        continue
      default: return nil
      }
      guard !padded else { return nil }
      word = word << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        output.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
      }
    }
    return bits == 6 ? nil : output
  }
}

/// Binary data in a Codable type: a byte string in CBOR, base64 text in JSON.
public struct Bytes: Sendable, Hashable {
  public var bytes: [UInt8]
  public init(_ bytes: [UInt8]) { self.bytes = bytes }
}

extension Bytes: Codable {
  public init(from decoder: any Decoder) throws {
    if let decoder = decoder as? JSONValueDecoder, case .bytes(let bytes) = decoder.value {
      self.bytes = bytes
      return
    }
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let bytes = Base64.decode(text.utf8) else {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not base64"))
    }
    self.bytes = bytes
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(String(decoding: Base64.encode(bytes), as: UTF8.self))
  }
}
