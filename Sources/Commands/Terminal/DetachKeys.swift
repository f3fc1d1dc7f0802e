/// The keys that leave a container running and end the attachment: `ctrl-p,ctrl-q`.
struct DetachKeys: Hashable {
  var sequence: [UInt8]

  static let standard = DetachKeys(sequence: [16, 17])

  init(sequence: [UInt8]) { self.sequence = sequence }

  /// Reads `ctrl-x`, single characters and `DEL`, separated by commas.
  init(_ text: String) throws {
    var sequence: [UInt8] = []
    for key in text.split(separator: ",", omittingEmptySubsequences: false) {
      if key.utf8.count == 1, let byte = key.utf8.first {
        sequence.append(byte)
      } else if key.hasPrefix("ctrl-"), key.utf8.count == 6, let byte = key.utf8.last {
        switch byte {
        case 97...122: sequence.append(byte - 96)
        case UInt8(ascii: "@"): sequence.append(0)
        case UInt8(ascii: "["): sequence.append(27)
        case UInt8(ascii: "\\"): sequence.append(28)
        case UInt8(ascii: "]"): sequence.append(29)
        case UInt8(ascii: "^"): sequence.append(30)
        case UInt8(ascii: "_"): sequence.append(31)
        default: throw CommandFailure("invalid detach keys (\(text)): Unknown character: '\(key)'")
        }
      } else if key == "DEL" {
        sequence.append(127)
      } else {
        throw CommandFailure("invalid detach keys (\(text)): Unknown character: '\(key)'")
      }
    }
    self.sequence = sequence
  }
}

/// Looks for the detach keys in what is typed; holds back what may become them.
struct DetachFilter {
  private let keys: [UInt8]
  private var matched = 0

  init(_ keys: DetachKeys) { self.keys = keys.sequence }

  /// What to pass on, and whether the keys were pressed.
  mutating func feed(_ bytes: [UInt8]) -> (passed: [UInt8], isDetached: Bool) {
    guard !keys.isEmpty else { return (bytes, false) }
    var passed: [UInt8] = []
    for byte in bytes {
      if byte == keys[matched] {
        matched += 1
        if matched == keys.count { return (passed, true) }
        continue
      }
      if matched > 0 {
        passed += keys[..<matched]
        matched = 0
      }
      if byte == keys[0] {
        matched = 1
        if keys.count == 1 { return (passed, true) }
      } else {
        passed.append(byte)
      }
    }
    return (passed, false)
  }
}
