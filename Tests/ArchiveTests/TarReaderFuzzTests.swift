import Archive
import Testing

/// Whatever the bytes are, the reader ends with an error or with entries that make sense, and never with a crash.
@Suite struct TarReaderFuzzTests {
  struct Checker: TarConsumer {
    var current: TarEntry?
    var reached: Int64 = 0
    var entries = 0

    mutating func begin(_ entry: TarEntry) {
      #expect(current == nil)
      #expect(!entry.path.isEmpty && !entry.path.contains(0) && entry.size >= 0)
      current = entry
      reached = 0
      entries += 1
    }

    mutating func content(_ bytes: UnsafeRawBufferPointer, at offset: Int64) {
      #expect(offset >= reached)
      reached = offset + Int64(bytes.count)
      #expect(reached <= current?.size ?? -1)
    }

    mutating func end() {
      #expect(current != nil)
      current = nil
    }
  }

  /// A small generator, so that a failure can be repeated from its seed.
  struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9e37_79b9_7f4a_7c15
      var z = state
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      return z ^ (z >> 31)
    }
  }

  private func sample() throws -> [UInt8] {
    var attributed = file("attributed", "x")
    attributed.0.extendedAttributes = [.init(name: Array("user.a".utf8), value: [0, 1, 2])]
    attributed.0.modifiedNanoseconds = 5
    return try archive([
      directory("d"), file("d/" + String(repeating: "n", count: 200), String(repeating: "c", count: 1500)), attributed,
      symlink("s", to: String(repeating: "t", count: 150)), hardLink("h", to: "attributed"), file("end", "e"),
    ])
  }

  private func read(_ bytes: [UInt8], piece: Int) throws -> Int {
    var checker = Checker()
    var reader = TarReader()
    try bytes.withUnsafeBytes { all in
      var position = 0
      while position < all.count {
        let end = min(position + piece, all.count)
        try reader.feed(UnsafeRawBufferPointer(rebasing: all[position..<end]), to: &checker)
        position = end
      }
    }
    try reader.finish()
    return checker.entries
  }

  @Test func anyPieceSizeGivesTheSame() throws {
    let bytes = try sample()
    for piece in 1...1100 { #expect(try read(bytes, piece: piece) == 6) }
  }

  /// Changed bytes with repaired checksums, so that the changes get past the first check.
  @Test(arguments: 0..<8) func mutatedArchives(seed: UInt64) throws {
    var random = Random(state: seed)
    let original = try sample()
    for _ in 0..<400 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
      }
      for block in stride(from: 0, to: bytes.count, by: 512) where bytes[block + 257] == UInt8(ascii: "u") {
        for index in 148..<156 { bytes[block + index] = 0x20 }
        let sum = String(bytes[block..<(block + 512)].reduce(0) { $0 + Int($1) }, radix: 8)
        let field = Array((String(repeating: "0", count: 6 - sum.utf8.count) + sum + "\0 ").utf8)
        bytes.replaceSubrange((block + 148)..<(block + 156), with: field)
      }
      let piece = Int.random(in: 1...2000, using: &random)
      do {
        _ = try read(bytes, piece: piece)
      } catch {
        #expect(error is ArchiveError)
      }
    }
  }

  @Test(arguments: 0..<4) func noise(seed: UInt64) throws {
    var random = Random(state: seed &+ 1000)
    for _ in 0..<200 {
      let bytes = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      do { _ = try read(bytes, piece: 512) } catch { #expect(error is ArchiveError) }
    }
  }
}
