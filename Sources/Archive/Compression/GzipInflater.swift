internal import CIsal

/// Inflates gzip (RFC 1952) by ISA-L, member after member.
final class GzipInflater {
  private let state: UnsafeMutablePointer<inflate_state>
  private let window: UnsafeMutablePointer<UInt8>
  private var isInMember = false
  private var sawMember = false
  /// Zero bytes behind the last member are padding (gzip manual, "Tapes").
  private var isPadding = false

  init() {
    state = .allocate(capacity: 1)
    window = .allocate(capacity: Decompressor.outputSize)
    isal_inflate_init(state)
  }

  deinit {
    state.deallocate()
    window.deallocate()
  }

  func feed(
    _ bytes: UnsafeRawBufferPointer, _ output: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    guard let base = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    // ISA-L's field is not const, but the bytes are only read.
    state.pointee.next_in = UnsafeMutablePointer(mutating: base)
    state.pointee.avail_in = UInt32(bytes.count)
    while true {
      if !isInMember {
        guard state.pointee.avail_in > 0, beginMember() else { return }
      }
      state.pointee.next_out = window
      state.pointee.avail_out = UInt32(Decompressor.outputSize)
      let result = isal_inflate(state)
      let count = Decompressor.outputSize - Int(state.pointee.avail_out)
      if count > 0 { try output(UnsafeRawBufferPointer(start: window, count: count)) }
      guard result >= 0 else { throw Self.corrupt(result) }
      if state.pointee.block_state == ISAL_BLOCK_FINISH {
        isInMember = false
      } else if state.pointee.avail_in == 0, count < Decompressor.outputSize {
        return
      }
    }
  }

  func finish() throws(ArchiveError) {
    guard !isInMember, sawMember else {
      throw ArchiveError(.truncated, "the gzip stream ends in the middle")
    }
  }

  /// False when only padding is left.
  private func beginMember() -> Bool {
    if sawMember {
      while state.pointee.avail_in > 0, isPadding || state.pointee.next_in.pointee == 0 {
        isPadding = true
        state.pointee.next_in += 1
        state.pointee.avail_in -= 1
      }
      guard state.pointee.avail_in > 0 else { return false }
    }
    let (next, available) = (state.pointee.next_in, state.pointee.avail_in)
    isal_inflate_reset(state)
    state.pointee.next_in = next
    state.pointee.avail_in = available
    state.pointee.crc_flag = UInt32(ISAL_GZIP)
    isInMember = true
    sawMember = true
    return true
  }

  private static func corrupt(_ result: Int32) -> ArchiveError {
    let reason =
      switch result {
      case ISAL_INCORRECT_CHECKSUM: "its checksum is wrong"
      case ISAL_UNSUPPORTED_METHOD, ISAL_INVALID_WRAPPER: "its header is wrong"
      default: "it cannot be decoded (\(result))"
      }
    return ArchiveError(.corrupt, "the gzip stream is corrupt: \(reason)")
  }
}
