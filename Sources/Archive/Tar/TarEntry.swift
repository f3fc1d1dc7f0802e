/// One entry of a tar archive: everything but the content.
///
/// Names are bytes, as the kernel has them: nothing says that they are UTF-8.
public struct TarEntry: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case file, hardLink, symbolicLink, characterDevice, blockDevice, directory, fifo
  }

  public struct ExtendedAttribute: Sendable, Hashable {
    public var name: [UInt8]
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }

  /// Where stored bytes of a sparse file lie in it.
  public struct Segment: Sendable, Hashable {
    public var offset: Int64
    public var count: Int64
  }

  public var kind: Kind
  public var path: [UInt8]
  /// Target of a symbolic or hard link.
  public var linkTarget: [UInt8]
  /// Permission bits with setuid, setgid and sticky: `0o7777`.
  public var mode: UInt32
  public var uid: UInt32
  public var gid: UInt32
  /// Bytes of the file as a reader sees it, holes included.
  public var size: Int64
  public var modifiedSeconds: Int64
  /// 0 ..< 1,000,000,000
  public var modifiedNanoseconds: Int64
  public var deviceMajor: UInt32
  public var deviceMinor: UInt32
  public var extendedAttributes: [ExtendedAttribute]
  /// Nil for a file without holes.
  public var segments: [Segment]?

  public init(
    kind: Kind, path: [UInt8], linkTarget: [UInt8] = [], mode: UInt32 = 0o644, uid: UInt32 = 0, gid: UInt32 = 0,
    size: Int64 = 0, modifiedSeconds: Int64 = 0, modifiedNanoseconds: Int64 = 0, deviceMajor: UInt32 = 0,
    deviceMinor: UInt32 = 0, extendedAttributes: [ExtendedAttribute] = [], segments: [Segment]? = nil
  ) {
    self.kind = kind
    self.path = path
    self.linkTarget = linkTarget
    self.mode = mode
    self.uid = uid
    self.gid = gid
    self.size = size
    self.modifiedSeconds = modifiedSeconds
    self.modifiedNanoseconds = modifiedNanoseconds
    self.deviceMajor = deviceMajor
    self.deviceMinor = deviceMinor
    self.extendedAttributes = extendedAttributes
    self.segments = segments
  }

  /// The path as text; bytes that are not UTF-8 become U+FFFD.
  public var pathText: String { String(decoding: path, as: UTF8.self) }
}

/// Receives what a `TarReader` finds, in the archive's order.
public protocol TarConsumer: ~Copyable {
  /// An entry begins.
  mutating func begin(_ entry: TarEntry) throws(ArchiveError)
  /// Content of the current file, at `offset` of it. What is between two calls is a hole.
  mutating func content(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(ArchiveError)
  /// The current entry is complete.
  mutating func end() throws(ArchiveError)
}
