internal import CIsal

/// Compresses a stream to gzip by ISA-L's level 2: several times faster than zlib's default for a tenth more bytes.
///
/// The same input makes the same output: no time stamp and no name is in the header.
public struct GzipCompressor: ~Copyable {
  private let stream: UnsafeMutablePointer<isal_zstream>
  private let levelBuffer: UnsafeMutablePointer<UInt8>
  private let window: UnsafeMutablePointer<UInt8>

  public init() {
    stream = .allocate(capacity: 1)
    levelBuffer = .allocate(capacity: Int(isal_level2_buffer_size))
    window = .allocate(capacity: Decompressor.outputSize)
    isal_deflate_init(stream)
    stream.pointee.level = 2
    stream.pointee.level_buf = levelBuffer
    stream.pointee.level_buf_size = isal_level2_buffer_size
    stream.pointee.gzip_flag = UInt16(IGZIP_GZIP)
    stream.pointee.flush = UInt16(NO_FLUSH)
    stream.pointee.end_of_stream = 0
  }

  deinit {
    stream.deallocate()
    levelBuffer.deallocate()
    window.deallocate()
  }

  public mutating func feed(
    _ bytes: UnsafeRawBufferPointer, output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress, !bytes.isEmpty else { return }
    try run(UnsafeMutablePointer(mutating: base), bytes.count, output)
  }

  /// Writes what is left and the trailer.
  public mutating func finish(output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void) throws(ArchiveError) {
    stream.pointee.end_of_stream = 1
    try run(nil, 0, output)
  }

  private func run(
    _ input: UnsafeMutablePointer<UInt8>?, _ count: Int,
    _ output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    stream.pointee.next_in = input
    stream.pointee.avail_in = UInt32(count)
    repeat {
      stream.pointee.next_out = window
      stream.pointee.avail_out = UInt32(Decompressor.outputSize)
      let result = isal_deflate(stream)
      guard result == COMP_OK else { throw ArchiveError(.system, "compression failed (\(result))") }
      let produced = Decompressor.outputSize - Int(stream.pointee.avail_out)
      if produced > 0 { try output(UnsafeRawBufferPointer(start: window, count: produced)) }
    } while stream.pointee.avail_out == 0
      || (stream.pointee.end_of_stream == 1 && stream.pointee.internal_state.state != ZSTATE_END)
  }
}
