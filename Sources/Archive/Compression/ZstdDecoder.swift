internal import CZstd

/// Decodes zstd (RFC 8878), frame after frame. Windows are limited to 128 MiB, the library's default.
final class ZstdDecoder {
  private let stream: OpaquePointer
  private let window: UnsafeMutableRawPointer
  /// 0 at the end of a frame.
  private var hint = 1

  init() throws(ArchiveError) {
    guard let stream = ZSTD_createDStream() else {
      throw ArchiveError(.system, "no memory for decompression")
    }
    self.stream = stream
    window = .allocate(byteCount: Decompressor.outputSize, alignment: 64)
  }

  deinit {
    ZSTD_freeDStream(stream)
    window.deallocate()
  }

  func feed(
    _ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      var produced = ZSTD_outBuffer(dst: window, size: Decompressor.outputSize, pos: 0)
      let result = ZSTD_decompressStream(stream, &produced, &input)
      guard ZSTD_isError(result) == 0 else {
        throw ArchiveError(.corrupt, "the zstd stream is corrupt: \(String(cString: ZSTD_getErrorName(result)))")
      }
      hint = result
      if produced.pos > 0 { try output(UnsafeRawBufferPointer(start: window, count: produced.pos)) }
      // A full window may hide more: ask again. Otherwise everything that can be made of the input has been made.
      if input.pos == input.size, produced.pos < produced.size { return }
    }
  }

  func finish() throws(ArchiveError) {
    guard hint == 0 else { throw ArchiveError(.truncated, "the zstd stream ends in the middle") }
  }
}
