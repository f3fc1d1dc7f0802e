import CLinux
import Glibc
import LinuxSystem
import Testing

@testable import Engine

@Suite struct LayeredRootTests {
  private let scratch: Scratch
  private let root: LayeredRoot

  /// Three layers, `a` the topmost.
  init() throws {
    scratch = try Scratch()
    root = LayeredRoot(layers: try ["a", "b", "c"].map { [scratch] in try scratch.directory($0) })
  }

  private func read(_ path: String) throws -> String? {
    try root.read(path).map { String(decoding: $0, as: UTF8.self) }
  }

  private func link(_ name: String, to target: String) throws {
    try #require(symlink(target, "\(scratch.path)/\(name)") == 0)
  }

  private func whiteout(_ name: String) throws {
    try #require(mknod("\(scratch.path)/\(name)", S_IFCHR, 0) == 0)
  }

  @Test func theTopmostCounts() throws {
    try scratch.write("c", to: "c/etc/x")
    try scratch.write("b", to: "b/etc/x")
    try scratch.write("c", to: "c/etc/y")
    #expect(try read("/etc/x") == "b" && read("etc//./y") == "c")
    #expect(try read("/etc/z") == nil && read("/etc") == nil && read("/etc/x/y") == nil && read("/") == nil)
  }

  @Test func whiteoutsHide() throws {
    try scratch.write("c", to: "c/etc/x")
    try scratch.write("c", to: "c/d/x")
    try scratch.write("b", to: "b/etc/other")
    try whiteout("b/etc/x")
    try whiteout("a/d")
    #expect(try read("/etc/x") == nil && read("/d/x") == nil && read("/etc/other") == "b")
  }

  @Test func opaqueDirectoriesHide() throws {
    try scratch.write("c", to: "c/etc/deep/x")
    try scratch.write("b", to: "b/etc/y")
    let value: [UInt8] = [UInt8(ascii: "y")]
    try #require(cl_setxattr("\(scratch.path)/b/etc", "trusted.overlay.opaque", value, 1) == 0)
    #expect(try read("/etc/deep/x") == nil && read("/etc/y") == "b")
  }

  @Test func aFileHidesADirectoryBelow() throws {
    try scratch.write("c", to: "c/etc/x")
    try scratch.write("file", to: "b/etc")
    #expect(try read("/etc/x") == nil && read("/etc") == "file")
  }

  @Test func linksGoAcrossLayers() throws {
    try scratch.write("c", to: "c/usr/lib/passwd")
    _ = try scratch.directory("a/etc")
    try link("a/etc/passwd", to: "../usr/lib/passwd")
    try link("b/lib", to: "/usr/lib")
    try link("a/again", to: "lib/../lib/passwd")
    #expect(try read("/etc/passwd") == "c" && read("/lib/passwd") == "c" && read("/again") == "c")
  }

  /// An image is a stranger's: its links stay in its own root.
  @Test func linksCannotLeave() throws {
    try scratch.write("secret", to: "secret")
    try scratch.write("mine", to: "c/secret")
    _ = try scratch.directory("a/etc")
    try link("a/up", to: "../../../../../../secret")
    try link("a/absolute", to: "\(scratch.path)/secret")
    try link("a/dir", to: "..")
    #expect(try read("/up") == "mine" && read("/dir/secret") == "mine")
    #expect(try read("/absolute") == nil)
    #expect(try read("/../../secret") == "mine")
  }

  @Test func linksInACircleEnd() throws {
    try link("a/x", to: "y")
    try link("b/y", to: "x")
    #expect(throws: SystemError.self) { try root.read("/x") }
  }

  @Test func whatIsNoFileIsNotOpened() throws {
    try #require(mkfifo("\(scratch.path)/a/pipe", 0o600) == 0)
    #expect(try read("/pipe") == nil)
  }

  @Test func users() throws {
    try scratch.write("root:x:0:0::/root:/bin/sh\nann:x:1000:100::/home/ann:/bin/sh\n", to: "c/etc/passwd")
    try scratch.write("root:x:0:\nstaff:x:50:ann\nusers:x:100:ann\n", to: "c/etc/group")
    let ann = try UserResolver.resolve("ann", additionalGroups: [], in: root)
    #expect(ann.uid == 1000 && ann.gid == 100 && ann.home == "/home/ann")
    #expect(ann.supplementaryGroups == [100, 50], "the primary group first, once")
    let both = try UserResolver.resolve("ann:staff", additionalGroups: ["7"], in: root)
    #expect(both.gid == 50 && both.supplementaryGroups.first == 50 && both.supplementaryGroups.contains(7))
    #expect(try UserResolver.resolve("", additionalGroups: [], in: root).uid == 0)
    #expect(try UserResolver.resolve("4242", additionalGroups: [], in: root).home == "/")
    #expect(refusal { _ = try UserResolver.resolve("bob", additionalGroups: [], in: root) }?.contains("bob") == true)
  }
}
