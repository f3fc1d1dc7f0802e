/// Decompresses a stream that arrives in pieces of any size.
///
/// The kind is told by the first bytes. gzip streams of several members and zstd streams of several frames are one
/// stream, checksums are verified.
public struct Decompressor: ~Copyable {
  /// Bytes handed on at once, at most.
  public static let outputSize = 256 << 10

  private enum Stage {
    case undecided
    case plain
    case gzip(GzipInflater)
    case zstd(ZstdDecoder)
  }

  private var stage = Stage.undecided
  private var start: [UInt8] = []

  /// Nil until enough bytes have come to tell.
  public private(set) var compression: Compression?

  public init() {}

  /// Decompresses `bytes` and hands the result to `output` piece by piece.
  public mutating func feed(
    _ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    if case .undecided = stage {
      start.append(contentsOf: bytes)
      guard start.count >= Compression.magicLength else { return }
      try decide()
      let first = start
      start = []
      try first.withRawBytes { (bytes) throws(ArchiveError) in try process(bytes, output) }
    } else {
      try process(bytes, output)
    }
  }

  /// The stream is complete. Throws when it broke off.
  public mutating func finish(output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
    switch stage {
    case .undecided:
      compression = Compression.none
      if !start.isEmpty {
        try start.withRawBytes { (bytes) throws(ArchiveError) in try output(bytes) }
      }
    case .plain: break
    case .gzip(let inflater): try inflater.finish()
    case .zstd(let decoder): try decoder.finish()
    }
  }

  private mutating func decide() throws(ArchiveError) {
    let found = try Compression.detect(start)
    compression = found
    switch found {
    case .none: stage = .plain
    case .gzip: stage = .gzip(GzipInflater())
    case .zstd: stage = .zstd(try ZstdDecoder())
    }
  }

  private mutating func process(
    _ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    switch stage {
    case .undecided: break
    case .plain: try output(bytes)
    case .gzip(let inflater): try inflater.feed(bytes, output)
    case .zstd(let decoder): try decoder.feed(bytes, output)
    }
  }
}
