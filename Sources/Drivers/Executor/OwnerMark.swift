/// Who made a thing in the kernel: `moonpool:DAEMON:KEY`, as an interface's alias, a comment of nftables, an extended
/// attribute of a directory.
public struct OwnerMark: Sendable, Hashable, CustomStringConvertible {
  public static let prefix = "moonpool:"

  /// The daemon's id: at most 16 bytes without a colon, so that a mark fits where 128 bytes are the limit.
  public let daemon: String
  /// `network:ID`, `endpoint:ID`, …
  public let key: String

  public init(daemon: String, key: String) {
    self.daemon = daemon
    self.key = key
  }

  /// Nil where the text is no mark. What follows a `#` is not part of the key.
  public init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let parts = text.dropFirst(Self.prefix.count).split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    daemon = String(parts[0])
    key = String(parts[1].prefix { $0 != "#" })
  }

  public var description: String { "\(Self.prefix)\(daemon):\(key)" }

  /// The number that marks an interface from its first moment (its device group), before it can have an alias.
  public var group: UInt32 { 0x4000_0000 | UInt32(truncatingIfNeeded: stableHash(daemon)) & 0x3FFF_FFFF }
}

/// FNV-1a, the same in every process.
func stableHash(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
