/// Reads a tar archive that arrives in pieces of any size.
///
/// ```
/// var reader = TarReader()
/// while let piece = … { try reader.feed(piece, to: &consumer) }
/// try reader.finish()
/// ```
///
/// Understands v7, ustar, pax with `SCHILY.xattr`, star, GNU long names, and the sparse files of GNU tar (old format and
/// pax 0.0, 0.1, 1.0). Global pax headers carry no entry's data and are skipped, as Docker does. What follows the two
/// zero blocks at the end is ignored.
public struct TarReader: ~Copyable {
  /// What a hostile archive may make the reader hold in memory.
  public struct Limits: Sendable, Hashable {
    /// Bytes of one extended header or long name.
    public var extendedHeader = 1 << 20
    /// Pieces of one sparse file.
    public var segments = 1 << 18
    public init() {}
  }

  private enum State {
    case header
    /// Body of a pax or long-name header.
    case extended(type: UInt8, remaining: Int)
    /// GNU's continued sparse map; `last` is the final block of it.
    case sparseBlocks
    /// Format 1.0: the map in front of the content.
    case sparseText
    case content
    case padding(Int)
    case ended
  }

  private let limits: Limits
  private var state = State.header
  private var sawZeroBlock = false
  /// Bytes of an incomplete block or of an extended header.
  private var buffer: [UInt8] = []
  private var extendedPadding = 0

  private var pax = PaxRecords()
  private var longPath: [UInt8]?
  private var longLink: [UInt8]?

  private var entry: TarEntry?
  /// Bytes of the current entry still to come from the archive.
  private var remaining: Int64 = 0
  private var stored: Int64 = 0
  private var segments: [TarEntry.Segment] = []
  private var segmentIndex = 0
  private var segmentConsumed: Int64 = 0
  private var sparseText = SparseMapText()

  /// Bytes read so far.
  public private(set) var position: Int64 = 0

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Whether the end-of-archive mark has been seen.
  public var hasEnded: Bool {
    if case .ended = state { true } else { false }
  }

  /// Reads the next piece of the archive.
  public mutating func feed(
    _ bytes: UnsafeRawBufferPointer, to consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    position += Int64(bytes.count)
    var input = bytes[...]
    while true {
      switch state {
      case .header:
        guard
          try block(
            &input,
            { (reader: inout TarReader, block, consumer) throws(ArchiveError) in
              try reader.header(block, &consumer)
            }, &consumer)
        else { return }
      case .sparseBlocks:
        guard
          try block(
            &input,
            { (reader: inout TarReader, block, consumer) throws(ArchiveError) in
              try reader.sparseBlock(block, &consumer)
            }, &consumer)
        else { return }
      case .sparseText:
        guard remaining > 0 || !buffer.isEmpty else { throw ArchiveError(.malformed, "a sparse map is cut off") }
        guard
          try block(
            &input,
            { (reader: inout TarReader, block, consumer) throws(ArchiveError) in
              try reader.sparseTextBlock(block, &consumer)
            }, &consumer)
        else { return }
      case .extended(let type, let missing):
        guard !input.isEmpty || missing == 0 else { return }
        let count = min(missing, input.count)
        buffer.append(contentsOf: input.prefix(count))
        input = input.dropFirst(count)
        guard count == missing else {
          state = .extended(type: type, remaining: missing - count)
          return
        }
        try extended(type)
        buffer.removeAll(keepingCapacity: true)
        state = .padding(extendedPadding)
      case .content:
        if remaining == 0 {
          try consumer.end()
          entry = nil
          state = .padding(Self.padding(stored))
          continue
        }
        guard !input.isEmpty else { return }
        let count = Int(min(remaining, Int64(input.count)))
        try content(UnsafeRawBufferPointer(rebasing: input.prefix(count)), to: &consumer)
        remaining -= Int64(count)
        input = input.dropFirst(count)
      case .padding(let missing):
        let count = min(missing, input.count)
        input = input.dropFirst(count)
        guard count == missing else {
          state = .padding(missing - count)
          return
        }
        state = .header
      case .ended:
        return
      }
    }
  }

  /// The archive is complete. Throws when it broke off; missing zero blocks at the end are forgiven, as by Go.
  public mutating func finish() throws(ArchiveError) {
    switch state {
    case .ended: return
    case .header where buffer.isEmpty && !hasPendingExtension: return
    default: throw ArchiveError(.truncated, "the archive ends in the middle", path: entry?.path)
    }
  }

  private var hasPendingExtension: Bool { longPath != nil || longLink != nil || pax.path != nil }

  private static func padding(_ size: Int64) -> Int { Int((512 - size % 512) % 512) }

  /// Takes one block of 512 bytes from the buffer and the input; false when there are not enough yet.
  private mutating func block<Consumer: TarConsumer & ~Copyable>(
    _ input: inout Slice<UnsafeRawBufferPointer>,
    _ body: (inout TarReader, UnsafeRawBufferPointer, inout Consumer) throws(ArchiveError) -> Void,
    _ consumer: inout Consumer
  ) throws(ArchiveError) -> Bool {
    if buffer.isEmpty, input.count >= TarHeader.size {
      let block = UnsafeRawBufferPointer(rebasing: input.prefix(TarHeader.size))
      input = input.dropFirst(TarHeader.size)
      try body(&self, block, &consumer)
      return true
    }
    let count = min(TarHeader.size - buffer.count, input.count)
    buffer.append(contentsOf: input.prefix(count))
    input = input.dropFirst(count)
    guard buffer.count == TarHeader.size else { return false }
    let complete = buffer
    buffer.removeAll(keepingCapacity: true)
    try complete.withRawBytes { (block) throws(ArchiveError) in try body(&self, block, &consumer) }
    return true
  }

  // MARK: - Headers

  private mutating func header(
    _ block: UnsafeRawBufferPointer, _ consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    guard let header = try TarHeader(block) else {
      if sawZeroBlock { state = .ended }
      sawZeroBlock = true
      return
    }
    sawZeroBlock = false
    switch header.type {
    case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "L"), UInt8(ascii: "K"):
      guard header.size <= Int64(limits.extendedHeader) else {
        throw ArchiveError(.tooLarge, "an extended header has \(header.size) bytes, more than \(limits.extendedHeader)")
      }
      extendedPadding = Self.padding(header.size)
      state = .extended(type: header.type, remaining: Int(header.size))
    case UInt8(ascii: "g"):
      try skip(header.size)
    default:
      try begin(header, block, &consumer)
    }
  }

  /// Passes over a body that means nothing here.
  private mutating func skip(_ size: Int64) throws(ArchiveError) {
    guard size <= Int64(limits.extendedHeader) else {
      throw ArchiveError(.tooLarge, "a global header has \(size) bytes, more than \(limits.extendedHeader)")
    }
    state = .padding(Int(size) + Self.padding(size))
  }

  private mutating func extended(_ type: UInt8) throws(ArchiveError) {
    switch type {
    case UInt8(ascii: "L"): longPath = Array(buffer.prefix { $0 != 0 })
    case UInt8(ascii: "K"): longLink = Array(buffer.prefix { $0 != 0 })
    default: try pax.parse(buffer)
    }
  }

  private mutating func begin(
    _ header: TarHeader, _ block: UnsafeRawBufferPointer, _ consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    let pax = self.pax
    let path = pax.sparse.isSparse ? pax.sparse.name ?? pax.path : pax.path
    var entry = TarEntry(
      kind: .file, path: path ?? longPath ?? header.path,
      linkTarget: pax.linkPath ?? longLink ?? header.linkTarget, mode: header.mode,
      uid: try Self.owner(pax.uid ?? header.uid), gid: try Self.owner(pax.gid ?? header.gid),
      modifiedSeconds: pax.modified?.seconds ?? header.modified,
      modifiedNanoseconds: pax.modified?.nanoseconds ?? 0, deviceMajor: header.deviceMajor,
      deviceMinor: header.deviceMinor, extendedAttributes: pax.extendedAttributes)
    stored = pax.size ?? header.size
    self.pax = PaxRecords()
    longPath = nil
    longLink = nil
    guard !entry.path.isEmpty else { throw ArchiveError(.malformed, "an entry has no name") }
    guard stored <= .max - 512 else { throw ArchiveError(.tooLarge, "the size is absurd", path: entry.path) }

    var isOldSparse = false
    switch header.type {
    case UInt8(ascii: "0"), 0, UInt8(ascii: "7"):
      // Before ustar a directory was a file whose name ends in a slash.
      entry.kind = entry.path.last == UInt8(ascii: "/") && !pax.sparse.isSparse ? .directory : .file
    case UInt8(ascii: "1"): entry.kind = .hardLink
    case UInt8(ascii: "2"): entry.kind = .symbolicLink
    case UInt8(ascii: "3"): entry.kind = .characterDevice
    case UInt8(ascii: "4"): entry.kind = .blockDevice
    case UInt8(ascii: "5"): entry.kind = .directory
    case UInt8(ascii: "6"): entry.kind = .fifo
    case UInt8(ascii: "S"): isOldSparse = true
    default:
      let type = String(decoding: [header.type], as: UTF8.self)
      throw ArchiveError(.unsupported, "entries of type \"\(type)\" are not supported", path: entry.path)
    }
    if entry.kind != .file { stored = 0 }
    remaining = stored
    segments = []
    segmentIndex = 0
    segmentConsumed = 0
    entry.size = stored

    if isOldSparse {
      entry.size = try TarHeader.number(block, 483, 12)
      try appendSparse(block, at: 386, count: 4)
      self.entry = entry
      if block[482] != 0 { state = .sparseBlocks } else { try start(&consumer) }
    } else if entry.kind == .file, pax.sparse.isSparse {
      guard let realSize = pax.sparse.realSize else {
        throw ArchiveError(.malformed, "a sparse file has no size", path: entry.path)
      }
      entry.size = realSize
      self.entry = entry
      if pax.sparse.mapIsInContent {
        sparseText = SparseMapText()
        state = .sparseText
      } else {
        let map = pax.sparse.map ?? []
        guard map.count.isMultiple(of: 2) else {
          throw ArchiveError(.malformed, "a sparse map is malformed", path: entry.path)
        }
        for index in stride(from: 0, to: map.count, by: 2) {
          segments.append(TarEntry.Segment(offset: map[index], count: map[index + 1]))
        }
        try start(&consumer)
      }
    } else {
      self.entry = entry
      try consumer.begin(entry)
      state = .content
    }
  }

  private static func owner(_ id: Int64) throws(ArchiveError) -> UInt32 {
    guard let value = UInt32(exactly: id), value != .max else {
      throw ArchiveError(.malformed, "owner \(id) is not a user or group number")
    }
    return value
  }

  // MARK: - Sparse files

  private mutating func appendSparse(
    _ block: UnsafeRawBufferPointer, at start: Int, count: Int
  ) throws(ArchiveError) {
    for index in 0..<count {
      let position = start + index * 24
      guard block[position] != 0 else { return }
      let segment = TarEntry.Segment(
        offset: try TarHeader.number(block, position, 12), count: try TarHeader.number(block, position + 12, 12))
      guard segments.count < limits.segments else { throw tooManySegments() }
      segments.append(segment)
    }
  }

  private mutating func sparseBlock(
    _ block: UnsafeRawBufferPointer, _ consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    try appendSparse(block, at: 0, count: 21)
    if block[504] == 0 { try start(&consumer) }
  }

  private mutating func sparseTextBlock(
    _ block: UnsafeRawBufferPointer, _ consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    guard remaining >= 512 else { throw ArchiveError(.malformed, "a sparse map is cut off", path: entry?.path) }
    remaining -= 512
    stored -= 512
    guard let numbers = try sparseText.feed(block, limit: limits.segments) else { return }
    segments = stride(from: 0, to: numbers.count, by: 2).map {
      TarEntry.Segment(offset: numbers[$0], count: numbers[$0 + 1])
    }
    try start(&consumer)
  }

  private func tooManySegments() -> ArchiveError {
    ArchiveError(.tooLarge, "a sparse file has more than \(limits.segments) pieces", path: entry?.path)
  }

  /// Checks the map and begins the file.
  private mutating func start(_ consumer: inout some TarConsumer & ~Copyable) throws(ArchiveError) {
    guard var entry else { return }
    guard segments.count <= limits.segments else { throw tooManySegments() }
    var end: Int64 = 0
    var total: Int64 = 0
    for segment in segments {
      let (segmentEnd, overflow) = segment.offset.addingReportingOverflow(segment.count)
      guard segment.offset >= end, segment.count >= 0, !overflow, segmentEnd <= entry.size else {
        throw ArchiveError(.malformed, "a sparse map does not fit its file", path: entry.path)
      }
      end = segmentEnd
      total += segment.count
    }
    guard total == remaining else {
      throw ArchiveError(.malformed, "a sparse map does not fit the stored bytes", path: entry.path)
    }
    entry.segments = segments
    self.entry = entry
    try consumer.begin(entry)
    state = .content
  }

  private mutating func content(
    _ bytes: UnsafeRawBufferPointer, to consumer: inout some TarConsumer & ~Copyable
  ) throws(ArchiveError) {
    guard entry?.segments != nil else {
      try consumer.content(bytes, at: stored - remaining)
      return
    }
    var rest = bytes[...]
    while !rest.isEmpty, segmentIndex < segments.count {
      let segment = segments[segmentIndex]
      let count = Int(min(segment.count - segmentConsumed, Int64(rest.count)))
      if count > 0 {
        try consumer.content(
          UnsafeRawBufferPointer(rebasing: rest.prefix(count)), at: segment.offset + segmentConsumed)
      }
      rest = rest.dropFirst(count)
      segmentConsumed += Int64(count)
      if segmentConsumed == segment.count {
        segmentIndex += 1
        segmentConsumed = 0
      }
    }
  }
}

/// The map of a sparse file in pax format 1.0: decimal numbers, one a line, the first is the number of pieces.
struct SparseMapText {
  private var expected: Int?
  private var numbers: [Int64] = []
  private var current: Int64 = 0
  private var hasDigits = false

  /// Offsets and counts in turn when the map is complete; the rest of its last block is padding.
  mutating func feed(_ block: UnsafeRawBufferPointer, limit: Int) throws(ArchiveError) -> [Int64]? {
    for byte in block {
      if byte == 0x0a {
        guard hasDigits else { throw Self.malformed }
        if expected == nil {
          guard current <= Int64(limit) else {
            throw ArchiveError(.tooLarge, "a sparse file has more than \(limit) pieces")
          }
          expected = Int(current) * 2
        } else {
          numbers.append(current)
        }
        current = 0
        hasDigits = false
        if numbers.count == expected { return numbers }
      } else {
        guard (0x30...0x39).contains(byte) else { throw Self.malformed }
        let (product, first) = current.multipliedReportingOverflow(by: 10)
        let (sum, second) = product.addingReportingOverflow(Int64(byte - 0x30))
        guard !first, !second else { throw Self.malformed }
        current = sum
        hasDigits = true
      }
    }
    return nil
  }

  private static let malformed = ArchiveError(.malformed, "a sparse map is malformed")
}
