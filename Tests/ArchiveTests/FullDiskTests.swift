import Archive
import CLinux
import LinuxSystem
import Testing

/// A real full disk: an ext4 of 16 MiB on a loop device.
@Suite(.serialized) struct FullDiskTests {
  /// Mounted at `path` until the end of the test.
  final class LoopDisk {
    let temporary: TemporaryDirectory
    let path: String

    init(mebibytes: Int) throws {
      temporary = try TemporaryDirectory()
      path = "\(temporary.path)/mnt"
      try Directory.make(path)
      try run("truncate", "-s", "\(mebibytes)M", "\(temporary.path)/disk")
      try run("mkfs.ext4", "-q", "-F", "\(temporary.path)/disk")
      try run("mount", "-o", "loop", "\(temporary.path)/disk", path)
    }

    deinit { try? run("umount", path) }
  }

  @Test func contentThatDoesNotFit() throws {
    let disk = try LoopDisk(mebibytes: 16)
    let root = "\(disk.path)/layer"
    try Directory.make(root)
    let block = String(repeating: "x", count: 1 << 20)
    let bytes = try archive((0..<32).map { file("f\($0)", block) })
    #expect {
      try unpack(bytes, into: root)
    } throws: { error in
      guard let error = error as? ArchiveError else { return false }
      return error.code == .noSpace && error.errno == .noSpace && "\(error)".contains("No space left on device")
    }
    try Directory.removeAll(root)
    #expect(!FileStatus.exists(root))
  }

  @Test func moreFilesThanInodes() throws {
    let disk = try LoopDisk(mebibytes: 16)
    let root = "\(disk.path)/layer"
    try Directory.make(root)
    let bytes = try archive((0..<9000).map { file("f\($0)") })
    #expect {
      try unpack(bytes, into: root)
    } throws: { ($0 as? ArchiveError)?.code == .noSpace }
    try Directory.removeAll(root)
  }

  /// A file that cannot fit is refused before a byte of it is written.
  @Test func fileLargerThanTheDisk() throws {
    let disk = try LoopDisk(mebibytes: 16)
    let root = "\(disk.path)/layer"
    try Directory.make(root)
    let bytes = try archive([file("huge", String(repeating: "x", count: 17 << 20))])
    #expect {
      try unpack(bytes, into: root)
    } throws: { ($0 as? ArchiveError)?.code == .tooLarge }
    #expect(try Directory.names(root).isEmpty)
  }
}
