import Archive
import CLinux
import LinuxSystem
import Testing

/// Layers that try to write outside of their directory. Each is unpacked beside a directory that must not change.
@Suite struct LayerAttackTests {
  let temporary: TemporaryDirectory
  let outside: String
  let inside: String

  init() throws {
    temporary = try TemporaryDirectory()
    outside = "\(temporary.path)/outside"
    inside = "\(temporary.path)/inside"
    try Directory.make(outside)
    try Directory.make(inside)
    try File.replace("\(outside)/victim", with: Array("untouched".utf8))
  }

  private func refuses(
    _ entries: [(TarEntry, [UInt8])], _ code: ArchiveError.Code = .unsafePath, mode: LayerExtractor.Mode = .overlay,
    says: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try describe(outside)
    let bytes = try archive(entries)
    for piece in [1 << 20, 513, 7] {
      _ = cl_remove_tree(-100, inside)
      try Directory.make(inside)
      #expect(sourceLocation: sourceLocation) {
        try unpack(bytes, into: inside, mode: mode, piece: piece)
      } throws: { error in
        guard let error = error as? ArchiveError else { return false }
        return error.code == code && says.map { "\(error)".contains($0) } ?? true
      }
    }
    #expect(try describe(outside) == before, sourceLocation: sourceLocation)
    #expect(try File.readText("\(outside)/victim") == "untouched", sourceLocation: sourceLocation)
    #expect(try Directory.names(temporary.path).sorted() == ["inside", "outside"], sourceLocation: sourceLocation)
  }

  @Test func parentPath() throws {
    try refuses([file("../outside/victim", "x")], says: "layer entry ../outside/victim: the path contains \"..\"")
    try refuses([file("a/../../outside/victim", "x")])
    try refuses([directory("../outside/new")])
    try refuses([symlink("..", to: "x")])
  }

  @Test func parentPathThatComesBack() throws { try refuses([file("a/../b", "x")]) }

  @Test func absolutePath() throws {
    try refuses([file("\(outside)/victim", "x")], says: "the path is absolute")
    try refuses([directory("//etc")])
  }

  @Test func symlinkThenFileThroughIt() throws {
    try refuses([symlink("a", to: outside), file("a/victim", "x")], says: "nothing is written through it")
    try refuses([symlink("a", to: "../outside"), file("a/new", "x")])
    try refuses([symlink("a", to: "../outside"), directory("a/new")])
    try refuses([symlink("a", to: "../outside"), symlink("a/new", to: "x")])
    try refuses([directory("b"), symlink("b/a", to: "../../outside"), file("b/a/deep/er", "x")])
  }

  @Test func symlinkWithinTheLayerThenFileThroughIt() throws {
    try refuses([directory("real"), symlink("a", to: "real"), file("a/x", "x")])
  }

  /// The directory is already open when it is replaced by a link.
  @Test func directorySwappedForASymlink() throws {
    try refuses([directory("a"), file("a/1", "x"), symlink("a", to: outside), file("a/victim", "x")])
  }

  /// Modes, owners and times of directories are set at the end: by then the name may be a link.
  @Test func directoryAttributesAreNotSetThroughASymlink() throws {
    let before = try describe(outside)
    try unpack(
      try archive([directory("a", mode: 0o777), directory("a/b", mode: 0o777), symlink("a", to: outside)]),
      into: inside)
    #expect(try describe(outside) == before)
  }

  /// A final link is replaced, never followed.
  @Test func fileOverASymlinkReplacesIt() throws {
    try unpack(try archive([symlink("a", to: "\(outside)/victim"), file("a", "new")]), into: inside)
    #expect(try File.readText("\(inside)/a") == "new")
    #expect(try File.readText("\(outside)/victim") == "untouched")
  }

  @Test func directoryOverASymlinkReplacesIt() throws {
    try unpack(try archive([symlink("a", to: outside), directory("a"), file("a/victim", "new")]), into: inside)
    #expect(try File.readText("\(outside)/victim") == "untouched")
    #expect(try File.readText("\(inside)/a/victim") == "new")
  }

  @Test func hardLinkOutside() throws {
    try refuses([hardLink("a", to: "../outside/victim")], says: "leaves the layer")
    try refuses([hardLink("a", to: "\(outside)/victim")], says: "leaves the layer")
  }

  @Test func hardLinkThroughASymlink() throws {
    try refuses([symlink("s", to: outside), hardLink("a", to: "s/victim"), file("a", "x")])
  }

  /// The link itself gets the second name, not what it points to.
  @Test func hardLinkToASymlinkDoesNotFollowIt() throws {
    try unpack(
      try archive([symlink("s", to: "\(outside)/victim"), hardLink("a", to: "s"), file("a", "x")]), into: inside)
    #expect(try File.readText("\(outside)/victim") == "untouched")
    #expect(try FileStatus.of("\(outside)/victim").links == 1)
  }

  @Test func hardLinkToNothing() throws {
    try refuses([hardLink("a", to: "missing")], .malformed, says: "is not in the layer")
    try refuses([hardLink("a", to: "missing/deep")], .malformed)
    try refuses([file("a"), hardLink("a", to: "a")], .malformed)
  }

  @Test func whiteoutOfTheParent() throws {
    for mode in [LayerExtractor.Mode.overlay, .apply] {
      try refuses([file(".wh..")], mode: mode)
      try refuses([file(".wh...")], mode: mode)
      try refuses([file(".wh.")], mode: mode)
      try refuses([file("../.wh.outside")], mode: mode)
    }
  }

  @Test func whiteoutThroughASymlink() throws {
    try refuses([symlink("a", to: outside), file("a/.wh.victim")], mode: .apply)
    try refuses([symlink("a", to: outside), file("a/.wh..wh..opq")], mode: .apply)
    try refuses([symlink("a", to: outside), file("a/.wh.victim")])
    try refuses([symlink("a", to: outside), file("a/.wh..wh..opq")])
  }

  @Test func rootThatIsNoDirectory() throws {
    try refuses([symlink(".", to: outside)])
    try refuses([symlink("./", to: outside)])
  }

  @Test func hugeSparseFile() throws {
    // GNU sparse header: eight EiB declared, nothing stored.
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) { for (i, byte) in text.utf8.enumerated() { header[offset + i] = byte } }
    put("huge", 0)
    put("0000644", 100)
    put("0000000", 108)
    put("0000000", 116)
    put("00000000000", 124)
    put("00000000000", 136)
    header[156] = UInt8(ascii: "S")
    put("ustar  \0", 257)
    for (index, byte) in [0x80, 0, 0, 0, 0x70, 0, 0, 0, 0, 0, 0, 0].enumerated() { header[483 + index] = UInt8(byte) }
    for index in 148..<156 { header[index] = 0x20 }
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.utf8.count) + sum + "\0 ", 148)
    #expect {
      try unpack(header + [UInt8](repeating: 0, count: 1024), into: inside)
    } throws: { ($0 as? ArchiveError)?.code == .tooLarge }
    #expect(try Directory.names(inside).isEmpty)
  }

  @Test func moreBytesThanAllowed() throws {
    var limits = LayerExtractor.Limits()
    limits.bytes = 10
    let bytes = try archive([file("a", "12345678"), file("b", "12345678")])
    #expect {
      try unpack(bytes, into: inside, limits: limits)
    } throws: { ($0 as? ArchiveError)?.code == .tooLarge }
  }

  /// Attributes of overlayfs could redirect a path of this layer to another place below the mount.
  @Test func overlayAttributesAreDropped() throws {
    var entry = directory("d").0
    entry.extendedAttributes = [
      .init(name: Array("trusted.overlay.redirect".utf8), value: Array("/etc".utf8)),
      .init(name: Array("user.overlay.opaque".utf8), value: Array("y".utf8)),
    ]
    try unpack(try archive([(entry, [])]), into: inside)
    #expect(attribute("\(inside)/d", "trusted.overlay.redirect") == nil)
  }

  @Test func namesThatAreTooLong() throws {
    try refuses([file(String(repeating: "n", count: 300), "x")], .system, says: "File name too long")
    try refuses([file(String(repeating: "d/", count: 3000) + "x", "x")], .tooLarge)
  }

  @Test func archiveCutOff() throws {
    let bytes = try archive([file("a", String(repeating: "x", count: 5000))])
    for length in [100, 512, 600, 3000, 5000] {
      _ = cl_remove_tree(-100, inside)
      try Directory.make(inside)
      #expect {
        try unpack(Array(bytes[..<length]), into: inside)
      } throws: { ($0 as? ArchiveError)?.code == .truncated }
    }
  }
}
