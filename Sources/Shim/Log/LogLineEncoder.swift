internal import CLinux

/// Writes Docker's json-file lines into a buffer:
/// `{"log":"text\n","stream":"stdout","attrs":{…},"time":"2026-11-21T01:04:04.12Z"}` and a newline.
///
/// Escaping is Docker's to the byte (moby daemon/logger/jsonfilelog/jsonlog): `\"` `\\` `\n` `\r`, other controls and `<`
/// `>` `&` as `\u00XX`, U+2028 and U+2029 escaped, bytes that are no UTF-8 as `\ufffd`.
struct LogLineEncoder {
  /// What a line of `count` bytes can grow to, at most.
  static func bound(_ count: Int, tail: Int) -> Int { count * 6 + 16 + tail }

  private static let hexadecimal = Array("0123456789abcdef".utf8)

  /// Encodes one line at `output`, which has room for `bound`; returns the bytes written.
  static func encode(
    _ line: UnsafeRawBufferPointer, newline: Bool, tail: [UInt8], into output: UnsafeMutableRawPointer
  ) -> Int {
    var writer = Writer(output: output.assumingMemoryBound(to: UInt8.self))
    writer.literal(#"{"log":""#)
    escape(line, &writer)
    if newline { writer.literal(#"\n"#) }
    tail.withUnsafeBytes { writer.copy($0) }
    return writer.count
  }

  /// Everything after a line's text, the same for all lines of a batch from one stream.
  static func tail(stream: String, attributes: [UInt8], time: [UInt8]) -> [UInt8] {
    Array(#"","stream":""#.utf8) + Array(stream.utf8) + Array(#"","#.utf8) + attributes + Array(#""time":""#.utf8)
      + time
      + Array("\"}\n".utf8)
  }

  private struct Writer {
    let output: UnsafeMutablePointer<UInt8>
    var count = 0

    @inline(__always)
    mutating func byte(_ byte: UInt8) {
      output[count] = byte
      count += 1
    }

    @inline(__always)
    mutating func literal(_ text: StaticString) {
      (output + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
      count += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func copy(_ bytes: UnsafeRawBufferPointer) {
      guard let source = bytes.baseAddress else { return }
      UnsafeMutableRawPointer(output + count).copyMemory(from: source, byteCount: bytes.count)
      count += bytes.count
    }
  }

  private static func escape(_ line: UnsafeRawBufferPointer, _ writer: inout Writer) {
    guard let base = line.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
    let count = line.count
    var index = 0
    while index < count {
      let plain = cl_json_plain_prefix(base + index, count - index)
      if plain > 0 {
        writer.copy(UnsafeRawBufferPointer(start: base + index, count: plain))
        index += plain
        guard index < count else { return }
      }
      let byte = base[index]
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        writer.byte(UInt8(ascii: "\\"))
        writer.byte(byte)
        index += 1
      case UInt8(ascii: "\n"):
        writer.literal(#"\n"#)
        index += 1
      case UInt8(ascii: "\r"):
        writer.literal(#"\r"#)
        index += 1
      case 0..<0x80:
        writer.literal(#"\u00"#)
        writer.byte(hexadecimal[Int(byte >> 4)])
        writer.byte(hexadecimal[Int(byte & 15)])
        index += 1
      default:
        let length = scalarLength(base + index, count - index)
        switch length {
        case 0:
          writer.literal(#"\ufffd"#)
          index += 1
        case 3 where byte == 0xE2 && base[index + 1] == 0x80 && base[index + 2] & 0xFE == 0xA8:
          writer.literal(#"\u202"#)
          writer.byte(hexadecimal[Int(base[index + 2] & 15)])
          index += 3
        default:
          writer.copy(UnsafeRawBufferPointer(start: base + index, count: length))
          index += length
        }
      }
    }
  }

  /// Bytes of the well-formed sequence at `bytes` (Unicode table 3-7), 0 where there is none.
  static func scalarLength(_ bytes: UnsafePointer<UInt8>, _ available: Int) -> Int {
    func continues(_ index: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      index < available && range.contains(bytes[index])
    }
    switch bytes[0] {
    case 0xC2...0xDF: return continues(1) ? 2 : 0
    case 0xE0: return continues(1, 0xA0...0xBF) && continues(2) ? 3 : 0
    case 0xED: return continues(1, 0x80...0x9F) && continues(2) ? 3 : 0
    case 0xE1...0xEF: return continues(1) && continues(2) ? 3 : 0
    case 0xF0: return continues(1, 0x90...0xBF) && continues(2) && continues(3) ? 4 : 0
    case 0xF1...0xF3: return continues(1) && continues(2) && continues(3) ? 4 : 0
    case 0xF4: return continues(1, 0x80...0x8F) && continues(2) && continues(3) ? 4 : 0
    default: return 0
    }
  }
}
