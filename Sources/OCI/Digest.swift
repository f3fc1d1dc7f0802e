/// The digest of some content: an algorithm and its value in lower-case hexadecimal.
///
/// Only `sha256` and `sha512` exist, the two registered algorithms of the OCI image specification
/// (descriptor.md, "Registered Algorithms"); anything else is refused, so a `Digest` can be used as a file name.
public struct Digest: Sendable, Hashable {
  public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    case sha256
    case sha512

    /// Characters of the hexadecimal value.
    public var hexLength: Int {
      switch self {
      case .sha256: 64
      case .sha512: 128
      }
    }
  }

  public let algorithm: Algorithm
  /// The value: lower-case hexadecimal digits, `algorithm.hexLength` of them.
  public let hex: String

  /// Reads `sha256:<64 hex digits>` or `sha512:<128 hex digits>`.
  public init(_ text: some StringProtocol) throws(DigestError) {
    guard let colon = text.firstIndex(of: ":") else {
      throw DigestError("invalid checksum digest format")
    }
    guard let algorithm = Algorithm(rawValue: String(text[..<colon])) else {
      throw DigestError("unsupported digest algorithm")
    }
    try self.init(algorithm: algorithm, hex: String(text[text.index(after: colon)...]))
  }

  public init(algorithm: Algorithm, hex: String) throws(DigestError) {
    guard hex.utf8.count == algorithm.hexLength else {
      throw DigestError("invalid checksum digest length")
    }
    guard hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
      throw DigestError("invalid checksum digest format")
    }
    self.algorithm = algorithm
    self.hex = hex
  }

  /// Wraps the raw 32 bytes of a SHA-256; other lengths are refused.
  public init(sha256 raw: some Collection<UInt8>) throws(DigestError) {
    try self.init(algorithm: .sha256, hex: Self.hexadecimal(raw))
  }

  /// Wraps the raw 64 bytes of a SHA-512; other lengths are refused.
  public init(sha512 raw: some Collection<UInt8>) throws(DigestError) {
    try self.init(algorithm: .sha512, hex: Self.hexadecimal(raw))
  }

  /// The first twelve digits, as `docker images` shows an id.
  public var short: String { String(hex.prefix(12)) }

  static func hexadecimal(_ raw: some Collection<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: raw.count * 2) { buffer in
      var count = 0
      for byte in raw {
        buffer[count] = digits[Int(byte >> 4)]
        buffer[count + 1] = digits[Int(byte & 15)]
        count += 2
      }
      return count
    }
  }
}

extension Digest: CustomStringConvertible {
  public var description: String { "\(algorithm.rawValue):\(hex)" }
}

extension Digest: Comparable {
  public static func < (left: Digest, right: Digest) -> Bool { left.description < right.description }
}

extension Digest: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    do {
      self = try Digest(text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error.message): \(text)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Why a text is no digest, in the words of Go's `opencontainers/go-digest`.
public struct DigestError: Error, Sendable, Hashable, CustomStringConvertible {
  public let message: String
  init(_ message: String) { self.message = message }
  public var description: String { message }
}
