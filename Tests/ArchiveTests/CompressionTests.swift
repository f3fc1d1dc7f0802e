import Archive
import Testing

@Suite struct CompressionTests {
  private func decompress(_ bytes: [UInt8], piece: Int) throws -> [UInt8] {
    var decompressor = Decompressor()
    var result: [UInt8] = []
    try withUnsafeMutablePointer(to: &result) { result in
      try bytes.withUnsafeBytes { all in
        var position = 0
        while position < all.count {
          let end = min(position + piece, all.count)
          try decompressor.feed(UnsafeRawBufferPointer(rebasing: all[position..<end])) {
            result.pointee.append(contentsOf: $0)
          }
          position = end
        }
      }
      try decompressor.finish { result.pointee.append(contentsOf: $0) }
    }
    return result
  }

  private func compress(_ bytes: [UInt8], piece: Int = 1 << 16) throws -> [UInt8] {
    var compressor = GzipCompressor()
    var result: [UInt8] = []
    try withUnsafeMutablePointer(to: &result) { result in
      try bytes.withUnsafeBytes { all in
        for start in stride(from: 0, to: all.count, by: piece) {
          try compressor.feed(UnsafeRawBufferPointer(rebasing: all[start..<min(start + piece, all.count)])) {
            result.pointee.append(contentsOf: $0)
          }
        }
      }
      try compressor.finish { result.pointee.append(contentsOf: $0) }
    }
    return result
  }

  private func sample(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 >> 3) &* ($0 >> 9) ^ $0) }
  }

  @Test(arguments: [0, 1, 1000, 700_000]) func gzipRoundTrip(count: Int) throws {
    let bytes = sample(count)
    let packed = try compress(bytes)
    #expect(try compress(bytes) == packed)
    for piece in [1 << 20, 1021, 1] { #expect(try decompress(packed, piece: piece) == bytes) }
    if count > 0 { #expect(packed.starts(with: [0x1f, 0x8b])) }
  }

  /// Members follow each other in parallel compressors' output; tapes are padded with zeros.
  @Test func gzipOfSeveralMembers() throws {
    let (a, b, c) = (sample(300_000), sample(10), sample(70_000))
    let packed = try compress(a) + compress(b) + compress([]) + compress(c)
    for piece in [1 << 20, 4096, 17, 1] {
      #expect(try decompress(packed, piece: piece) == a + b + c)
      #expect(try decompress(packed + [UInt8](repeating: 0, count: 700), piece: piece) == a + b + c)
    }
  }

  @Test func corruptAndCutOff() throws {
    let packed = try compress(sample(100_000))
    var flipped = packed
    flipped[packed.count / 2] ^= 0x55
    #expect(throws: ArchiveError.self) { try decompress(flipped, piece: 999) }
    var checksum = packed
    checksum[packed.count - 6] ^= 1
    #expect { try decompress(checksum, piece: 999) } throws: { ($0 as? ArchiveError)?.code == .corrupt }
    for length in [5, 15, packed.count / 2, packed.count - 1] {
      #expect { try decompress(Array(packed[..<length]), piece: 999) } throws: {
        ($0 as? ArchiveError)?.code == .truncated
      }
    }
    #expect(throws: ArchiveError.self) { try decompress(packed + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], piece: 999) }
  }

  @Test func otherCompressorsAreNamed() throws {
    #expect {
      try decompress([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 0], piece: 8)
    } throws: { "\($0)".contains("xz compression is not supported") }
  }
}
