/// One netlink message being built: header, fixed part, attributes (netlink(7), linux/netlink.h). Host byte order where
/// the kernel has it so; `big` values are in network order.
public struct NetlinkMessage: Sendable {
  public private(set) var bytes: [UInt8]
  /// Whether an answer is awaited.
  let wantsAck: Bool

  static let headerLength = 16

  /// - Parameters:
  ///   - fixed: the family header that follows the netlink header (`ifinfomsg`, `ifaddrmsg`, …).
  public init(type: UInt16, flags: UInt16, fixed: [UInt8], wantsAck: Bool = true) {
    self.wantsAck = wantsAck
    bytes = []
    bytes.reserveCapacity(256)
    append(UInt32(0))
    append(type)
    append(flags | NL.request | (wantsAck ? NL.ack : 0))
    append(UInt32(0))
    append(UInt32(0))
    bytes += fixed
    pad()
  }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  private mutating func pad() {
    while bytes.count % 4 != 0 { bytes.append(0) }
  }

  mutating func seal(sequence: UInt32) {
    let length = UInt32(bytes.count)
    withUnsafeBytes(of: length) { for (offset, byte) in $0.enumerated() { bytes[offset] = byte } }
    withUnsafeBytes(of: sequence) { for (offset, byte) in $0.enumerated() { bytes[8 + offset] = byte } }
  }

  public mutating func attribute(_ type: UInt16, _ payload: some Collection<UInt8>) {
    append(UInt16(4 + payload.count))
    append(type)
    bytes += payload
    pad()
  }

  /// NUL-terminated.
  public mutating func attribute(_ type: UInt16, string: String) { attribute(type, Array(string.utf8) + [0]) }
  public mutating func attribute(_ type: UInt16, number: UInt32) { attribute(type, nativeBytes(number)) }
  public mutating func attribute(_ type: UInt16, number: UInt16) { attribute(type, nativeBytes(number)) }
  public mutating func attribute(_ type: UInt16, number: UInt8) { attribute(type, [number]) }
  public mutating func attribute(_ type: UInt16, big number: UInt32) { attribute(type, nativeBytes(number.bigEndian)) }
  public mutating func attribute(_ type: UInt16, big number: UInt16) { attribute(type, nativeBytes(number.bigEndian)) }
  public mutating func attribute(_ type: UInt16, big number: UInt64) { attribute(type, nativeBytes(number.bigEndian)) }

  /// An attribute that holds attributes.
  public mutating func nest<E: Error>(
    _ type: UInt16, flagged: Bool = true, fixed: [UInt8] = [], _ body: (inout NetlinkMessage) throws(E) -> Void
  ) throws(E) {
    let start = bytes.count
    append(UInt16(0))
    append(flagged ? type | NL.nested : type)
    bytes += fixed
    pad()
    try body(&self)
    let length = UInt16(bytes.count - start)
    withUnsafeBytes(of: length) { for (offset, byte) in $0.enumerated() { bytes[start + offset] = byte } }
  }
}

func nativeBytes<T: FixedWidthInteger>(_ value: T) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

/// A received message: its type and what follows the netlink header.
public struct NetlinkReply: Sendable {
  public var type: UInt16
  public var flags: UInt16
  public var payload: [UInt8]

  /// The attributes after a fixed part of `fixed` bytes.
  public func attributes(after fixed: Int) -> Attributes { Attributes(payload.dropFirst((fixed + 3) & ~3)) }
}

/// A sequence of attributes in received bytes; ends where the bytes no longer fit.
public struct Attributes: Sendable, Sequence {
  private let bytes: ArraySlice<UInt8>

  public init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  public struct Attribute: Sendable {
    /// Without the flags for nesting and byte order.
    public var type: UInt16
    public var payload: ArraySlice<UInt8>

    public var nested: Attributes { Attributes(payload) }
    public var text: String { String(decoding: payload.prefix { $0 != 0 }, as: UTF8.self) }
    public var number: UInt32 { payload.native(UInt32.self, at: 0) ?? 0 }
    public var big: UInt32 { (payload.native(UInt32.self, at: 0) ?? 0).bigEndian }
    public var big64: UInt64 { (payload.native(UInt64.self, at: 0) ?? 0).bigEndian }
  }

  public subscript(type: UInt16) -> Attribute? { first { $0.type == type } }

  public func makeIterator() -> AnyIterator<Attribute> {
    var rest = bytes
    return AnyIterator {
      guard let length = rest.native(UInt16.self, at: 0), let type = rest.native(UInt16.self, at: 2),
        length >= 4, Int(length) <= rest.count
      else { return nil }
      let payload = rest[(rest.startIndex + 4)..<(rest.startIndex + Int(length))]
      rest = rest.dropFirst((Int(length) + 3) & ~3)
      return Attribute(type: type & 0x3FFF, payload: payload)
    }
  }
}

extension Collection<UInt8> where Index == Int {
  /// An integer in host order; nil where the bytes end before it does.
  func native<T: FixedWidthInteger>(_ type: T.Type, at offset: Int) -> T? {
    guard count >= offset + MemoryLayout<T>.size else { return nil }
    var value: T = 0
    for position in (0..<MemoryLayout<T>.size).reversed() {
      value = value << 8 | T(truncatingIfNeeded: self[startIndex + offset + position])
    }
    return T(littleEndian: value)
  }
}
