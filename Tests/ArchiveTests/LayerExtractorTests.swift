import Archive
import CLinux
import LinuxSystem
import Testing

@Suite struct LayerExtractorTests {
  let temporary: TemporaryDirectory
  let root: String

  init() throws {
    temporary = try TemporaryDirectory()
    root = "\(temporary.path)/root"
    try Directory.make(root)
  }

  @Test func everythingALayerHolds() throws {
    var capable = file("bin/ping", "ping", mode: 0o755)
    let capability: [UInt8] = [1, 0, 0, 2, 0, 0x20, 0, 0] + [UInt8](repeating: 0, count: 12)
    capable.0.extendedAttributes = [.init(name: Array("security.capability".utf8), value: capability)]
    capable.0.uid = 7
    var owned = file("home/u/file", "hello", mode: 0o600)
    owned.0.uid = 1000
    owned.0.gid = 100
    let device = TarEntry(
      kind: .characterDevice, path: Array("dev/null".utf8), mode: 0o666, deviceMajor: 1, deviceMinor: 3)
    let summary = try unpack(
      try archive([
        directory("./"), directory("bin/", mode: 0o2755), capable, file("bin/su", "su", mode: 0o4755),
        directory("tmp", mode: 0o1777), owned, hardLink("home/u/again", to: "home/u/file"),
        symlink("lib", to: "usr/lib"), (device, []),
        (TarEntry(kind: .fifo, path: Array("run/fifo".utf8), mode: 0o620), []),
      ]), into: root
    ).summary
    #expect(
      try describe(root) == [
        "bin 42755 0:0 at 2",
        "bin/ping 100755 7:0 4 links 1 at 1",
        "bin/su 104755 0:0 2 links 1 at 1",
        "dev 40755 0:0 at \(try FileStatus.of("\(root)/dev").modifiedSeconds)",
        "dev/null 20666 0:0 device \(cl_makedev(1, 3))",
        "home 40755 0:0 at \(try FileStatus.of("\(root)/home").modifiedSeconds)",
        "home/u 40755 0:0 at \(try FileStatus.of("\(root)/home/u").modifiedSeconds)",
        "home/u/again 100600 1000:100 5 links 2 at 1",
        "home/u/file 100600 1000:100 5 links 2 at 1",
        "lib 120777 0:0 -> usr/lib",
        "run 40755 0:0 at \(try FileStatus.of("\(root)/run").modifiedSeconds)",
        "run/fifo 10620 0:0",
        "tmp 41777 0:0 at 2",
      ])
    #expect(try FileStatus.of(root).modifiedSeconds == 2)
    #expect(summary.impliedDirectories.map { String(decoding: $0, as: UTF8.self) } == ["dev", "home", "home/u", "run"])
    let kept = try #require(attribute("\(root)/bin/ping", "security.capability"))
    #expect(kept.starts(with: capability[..<8]))
  }

  @Test func whiteoutsForOverlay() throws {
    try unpack(
      try archive([
        directory("a"), file("a/.wh.gone"), directory("b"), file("b/.wh..wh..opq"), file("b/new", "n"),
        file(".wh..wh.plnk"), file(".wh.c"), directory("c"), file("c/x"), directory("d"), file(".wh.d"),
        file(".wh.e"), file("e", "again"),
      ]), into: root)
    let gone = try FileStatus.of("\(root)/a/gone")
    #expect(gone.kind == .characterDevice && gone.specialDevice == 0)
    #expect(attribute("\(root)/b", "trusted.overlay.opaque") == [0x79])
    #expect(attribute("\(root)/c", "trusted.overlay.opaque") == [0x79])
    #expect(attribute("\(root)/d", "trusted.overlay.opaque") == [0x79])
    #expect(attribute("\(root)/a", "trusted.overlay.opaque") == nil)
    #expect(try File.readText("\(root)/e") == "again")
    #expect(try Directory.names(root).sorted() == ["a", "b", "c", "d", "e"])
  }

  @Test func whiteoutsApplied() throws {
    try unpack(
      try archive([
        directory("a"), file("a/gone", "x"), file("a/stays", "x"), directory("b"), directory("b/sub"),
        file("b/sub/old", "x"), file("b/old", "x"), directory("tree"), file("tree/f", "x"),
      ]), into: root, mode: .apply)
    try unpack(
      try archive([
        directory("a"), file("a/.wh.gone"), directory("b"), directory("b/sub"), file("b/sub/new", "n"),
        file("b/.wh..wh..opq"), file(".wh.tree"), file("a/.wh.missing"),
      ]), into: root, mode: .apply)
    #expect(
      try describe(root).map { $0.split(separator: " ")[0] } == ["a", "a/stays", "b", "b/sub", "b/sub/new"])
  }

  @Test func filesReplaceDirectoriesAndBack() throws {
    try unpack(
      try archive([
        directory("x"), file("x/y", "1"), file("x", "file"), file("z", "file"), directory("z"), file("z/w", "2"),
      ]), into: root)
    #expect(try File.readText("\(root)/x") == "file")
    #expect(try File.readText("\(root)/z/w") == "2")
  }

  @Test func namesThatAreNotText() throws {
    let name: [UInt8] = [0xff, 0xfe, 0x20, 0x0a]
    try unpack(try archive([(TarEntry(kind: .file, path: name), [])]), into: root)
    let directory = try OwnedDescriptor.open(root, .directory)
    let again = try written(directory, .tree)
    var seen = PathCollector()
    var reader = TarReader()
    try again.withUnsafeBytes { try reader.feed($0, to: &seen) }
    #expect(seen.paths == [name])
  }

  /// A tree made by GNU tar in each of its formats comes back as it was.
  @Test(arguments: ["gnu", "pax", "ustar", "oldgnu", "v7"])
  func treesOfGNUTar(format: String) throws {
    let source = "\(temporary.path)/source"
    let long = String(repeating: "l", count: format == "v7" || format == "ustar" ? 20 : 120)
    try Directory.makeAll("\(source)/etc/\(long)/\(long)")
    try File.replace("\(source)/etc/\(long)/\(long)/file", with: [UInt8](repeating: 65, count: 70_000), mode: 0o640)
    try File.replace("\(source)/empty", with: [])
    try run("ln", "\(source)/empty", "\(source)/zz-link")
    try run("ln", "-s", "etc/\(long)", "\(source)/sym")
    try run("tar", "--format=\(format)", "-C", source, "-cf", "\(temporary.path)/a.tar", ".")
    for piece in [1 << 20, 1000, 3] {
      _ = cl_remove_tree(-100, root)
      try Directory.make(root)
      try unpack(try File.read("\(temporary.path)/a.tar"), into: root, piece: piece)
      #expect(try describe(root) == describe(source))
    }
  }

  @Test(arguments: [
    ["--format=gnu"], ["--format=pax", "--sparse-version=0.0"],
    ["--format=pax", "--sparse-version=0.1"], ["--format=pax", "--sparse-version=1.0"],
  ])
  func sparseFilesOfGNUTar(options: [String]) throws {
    let source = "\(temporary.path)/source"
    try Directory.make(source)
    do {
      let sparse = try OwnedDescriptor.open("\(source)/sparse", [.writeOnly, .create])
      for index in 0..<40 {
        let bytes = [UInt8](repeating: UInt8(index + 1), count: 4096)
        #expect(cl_pwrite(sparse.rawValue, bytes, 4096, Int64(index) * 65536 + 4096) == 4096)
      }
      #expect(cl_ftruncate(sparse.rawValue, 64 << 20) == 0)
    }
    try File.replace("\(source)/z", with: Array("after".utf8))
    try run(["tar", "--sparse"] + options + ["-C", source, "-cf", "\(temporary.path)/a.tar", "."])
    for piece in [1 << 20, 700] {
      _ = cl_remove_tree(-100, root)
      try Directory.make(root)
      try unpack(try File.read("\(temporary.path)/a.tar"), into: root, piece: piece)
      #expect(try File.read("\(root)/sparse", limit: 65 << 20) == File.read("\(source)/sparse", limit: 65 << 20))
      #expect(try FileStatus.of("\(root)/sparse").blocks <= 1024)
      #expect(try File.readText("\(root)/z") == "after")
    }
  }

  @Test(arguments: ["gzip", "zstd", "none"])
  func compressedTarsOfTheSystem(compression: String) throws {
    let source = "\(temporary.path)/source"
    try Directory.make(source)
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* index >> 7) }
    try File.replace("\(source)/f", with: bytes)
    try run("tar", "-C", source, "-cf", "\(temporary.path)/plain.tar", ".")
    let plain = try File.read("\(temporary.path)/plain.tar")
    let path = "\(temporary.path)/packed"
    try run("cp", "\(temporary.path)/plain.tar", path)
    switch compression {
    case "gzip": try run("gzip", path)
    case "zstd": try run("zstd", "-q", "--rm", "-o", "\(path).gz", path)
    default: try run("mv", path, "\(path).gz")
    }
    let packed = try File.read("\(path).gz")
    for piece in [1 << 20, 4099, 1] {
      _ = cl_remove_tree(-100, root)
      try Directory.make(root)
      let outcome = try unpack(packed, into: root, piece: piece)
      #expect(outcome.compression.rawValue == compression)
      #expect(outcome.diffSHA256 == StreamingSHA256.of(plain))
      #expect(outcome.tarBytes == Int64(plain.count))
      #expect(try File.read("\(root)/f") == bytes)
    }
  }

  @Test func writerRoundTrip() throws {
    let entries = [
      directory("a"), file("a/f", "content", mode: 0o640), hardLink("a/g", to: "a/f"), symlink("a/s", to: "../x"),
      directory("empty"), file("z", ""), file(".wh.gone"), directory("o"), file("o/.wh..wh..opq"),
      file("o/" + String(repeating: "long/", count: 60) + "file", "x"),
    ]
    try unpack(try archive(entries), into: root)
    let first = try written(try OwnedDescriptor.open(root, .directory), .overlayUpper)
    #expect(try written(try OwnedDescriptor.open(root, .directory), .overlayUpper) == first)
    let copy = "\(temporary.path)/copy"
    try Directory.make(copy)
    try unpack(first, into: copy)
    #expect(try describe(copy) == describe(root))
    #expect(attribute("\(copy)/o", "trusted.overlay.opaque") == [0x79])
  }

  private func written(_ directory: consuming OwnedDescriptor, _ source: LayerWriter.Source) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try withUnsafeMutablePointer(to: &bytes) { bytes in
      try LayerWriter(source) { bytes.pointee.append(contentsOf: $0) }.write(directory)
    }
    return bytes
  }
}

struct PathCollector: TarConsumer {
  var paths: [[UInt8]] = []
  var bytes: Int64 = 0
  mutating func begin(_ entry: TarEntry) { paths.append(entry.path) }
  mutating func content(_ bytes: UnsafeRawBufferPointer, at offset: Int64) { self.bytes += Int64(bytes.count) }
  mutating func end() {}
}
