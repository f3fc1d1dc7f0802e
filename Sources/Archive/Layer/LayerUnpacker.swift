public import LinuxSystem

/// A layer's whole way from compressed bytes to files, in one pass: hash, decompress, hash, read tar, unpack.
///
/// Blocks on the disk: run it on a thread of its own.
public struct LayerUnpacker: ~Copyable {
  /// What is known when the last byte has come.
  public struct Outcome: Sendable, Hashable {
    /// SHA-256 of the uncompressed tar: the layer's diff id.
    public var diffSHA256: [UInt8]
    /// Bytes of the uncompressed tar.
    public var tarBytes: Int64
    public var compression: Compression
    public var summary: LayerExtractor.Summary
  }

  private struct Sink: ~Copyable {
    var hash = StreamingSHA256()
    var bytes: Int64 = 0
    var reader: TarReader
    var extractor: LayerExtractor

    mutating func take(_ piece: UnsafeRawBufferPointer) throws(ArchiveError) {
      hash.update(piece)
      bytes += Int64(piece.count)
      try reader.feed(piece, to: &extractor)
    }
  }

  private var decompressor = Decompressor()
  private var sink: Sink

  public init(
    into directory: borrowing OwnedDescriptor, mode: LayerExtractor.Mode = .overlay,
    limits: LayerExtractor.Limits = LayerExtractor.Limits(), tarLimits: TarReader.Limits = TarReader.Limits()
  ) throws(ArchiveError) {
    sink = Sink(
      reader: TarReader(limits: tarLimits),
      extractor: try LayerExtractor(into: directory, mode: mode, limits: limits))
  }

  /// Known after the first bytes.
  public var compression: Compression? { decompressor.compression }

  /// Unpacks the next piece of the blob.
  public mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try Self.feed(&decompressor, &sink, bytes)
  }

  public mutating func feed(_ bytes: [UInt8]) throws(ArchiveError) {
    try bytes.withRawBytes { (bytes) throws(ArchiveError) in try feed(bytes) }
  }

  /// The blob is complete.
  public mutating func finish() throws(ArchiveError) -> Outcome {
    try Self.finish(&decompressor, &sink)
    try sink.reader.finish()
    let hash = sink.hash.value
    let bytes = sink.bytes
    let compression = decompressor.compression ?? .none
    let summary = try sink.extractor.finish()
    return Outcome(diffSHA256: hash, tarBytes: bytes, compression: compression, summary: summary)
  }

  private static func feed(
    _ decompressor: inout Decompressor, _ sink: inout Sink, _ bytes: UnsafeRawBufferPointer
  ) throws(ArchiveError) {
    try decompressor.feed(bytes) { (piece) throws(ArchiveError) in try sink.take(piece) }
  }

  private static func finish(_ decompressor: inout Decompressor, _ sink: inout Sink) throws(ArchiveError) {
    try decompressor.finish { (piece) throws(ArchiveError) in try sink.take(piece) }
  }
}
