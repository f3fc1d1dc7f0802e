import EngineAPI
import JSON

/// One line of a log file, as bytes: what a container printed need not be text.
struct LogLine {
  var payload: [UInt8]
  var isError: Bool
  var time: String
  var attributes: [(String, String)]
}

/// Reads the lines of Docker's json-file format.
///
/// Written for speed where the line has the form that shims write; anything else goes through the JSON parser.
enum LogLineDecoder {
  private static let head = Array(#"{"log":""#.utf8)
  private static let stdout = Array(#"","stream":"stdout","time":""#.utf8)
  private static let stderr = Array(#"","stream":"stderr","time":""#.utf8)
  private static let tail = Array(#""}"#.utf8)

  /// nil for a line that is none: torn by a crash, or not ours.
  static func decode(_ line: UnsafeBufferPointer<UInt8>) -> LogLine? { fast(line) ?? slow(line) }

  private static func fast(_ line: UnsafeBufferPointer<UInt8>) -> LogLine? {
    guard line.count > head.count + stdout.count + 3, line[..<head.count].elementsEqual(head) else { return nil }
    var payload: [UInt8] = []
    payload.reserveCapacity(line.count - head.count)
    var index = head.count
    var clean = index
    while index < line.count {
      let byte = line[index]
      if byte == UInt8(ascii: "\"") { break }
      guard byte == UInt8(ascii: "\\") else {
        index += 1
        continue
      }
      payload.append(contentsOf: line[clean..<index])
      guard index + 1 < line.count else { return nil }
      switch line[index + 1] {
      case UInt8(ascii: "n"): payload.append(0x0A)
      case UInt8(ascii: "r"): payload.append(0x0D)
      case UInt8(ascii: "t"): payload.append(0x09)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): payload.append(line[index + 1])
      case UInt8(ascii: "b"): payload.append(0x08)
      case UInt8(ascii: "f"): payload.append(0x0C)
      case UInt8(ascii: "u"):
        guard index + 5 < line.count, let unit = hex(line[(index + 2)..<(index + 6)]), unit < 0xD800 else { return nil }
        guard let scalar = Unicode.Scalar(unit), let encoded = UTF8.encode(scalar) else { return nil }
        payload.append(contentsOf: encoded)
        index += 4
      default: return nil
      }
      index += 2
      clean = index
    }
    payload.append(contentsOf: line[clean..<min(index, line.count)])
    let rest = line[index...]
    let isError: Bool
    if rest.starts(with: stdout) {
      isError = false
    } else if rest.starts(with: stderr) {
      isError = true
    } else {
      return nil
    }
    let time = rest.dropFirst(stdout.count).prefix { $0 != UInt8(ascii: "\"") }
    // Anything more than the end of the object (attributes) is the parser's, and less is a torn line.
    guard line[time.endIndex...].elementsEqual(tail) else { return nil }
    return LogLine(payload: payload, isError: isError, time: String(decoding: time, as: UTF8.self), attributes: [])
  }

  private static func hex(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt32? {
    UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  private static func slow(_ line: UnsafeBufferPointer<UInt8>) -> LogLine? {
    guard let object = try? JSON.parse(Array(line)).objectValue, let log = object["log"]?.stringValue else {
      return nil
    }
    let attributes = object["attrs"]?.objectValue?.map { ($0.key, $0.value.stringValue ?? "") } ?? []
    return LogLine(
      payload: Array(log.utf8), isError: object["stream"]?.stringValue == "stderr",
      time: object["time"]?.stringValue ?? "", attributes: attributes)
  }
}
