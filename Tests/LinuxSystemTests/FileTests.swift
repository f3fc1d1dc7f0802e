import CLinux
import Testing

@testable import LinuxSystem

/// A directory that is gone after the body.
func withDirectory(_ body: (String) throws -> Void) throws {
  let path = "/tmp/moonpool-linux-test-\(UInt64.random(in: 0 ... .max))"
  try Directory.make(path)
  defer { try? Directory.removeAll(path) }
  try body(path)
}

@Suite("Files")
struct FileTests {
  @Test("replace is whole or not at all, and leaves nothing beside it")
  func replace() throws {
    try withDirectory { directory in
      let path = directory + "/record"
      try File.replace(path, with: "one".utf8, durability: .machine)
      try File.replace(path, with: "two".utf8, mode: 0o640)
      #expect(try File.readText(path) == "two")
      #expect(try FileStatus.of(path).permissions == 0o640)
      #expect(try Directory.names(directory) == ["record"])
      #expect(throws: SystemError(operation: "open", errno: .noEntry, path: directory + "/no/record")) {
        try File.replace(directory + "/no/record", with: [])
      }
      // A directory in its place: the rename fails, the temporary file goes.
      try Directory.make(directory + "/taken")
      #expect(throws: SystemError.self) { try File.replace(directory + "/taken", with: []) }
      #expect(try Directory.names(directory).sorted() == ["record", "taken"])
    }
  }

  @Test("errors say what, where and why")
  func errors() {
    let error = #expect(throws: SystemError.self) { try File.read("/no/such/file") }
    #expect(error?.description == "open /no/such/file: No such file or directory")
    #expect(error?.errno.name == "ENOENT")
  }

  @Test("files larger than the limit, and files whose size is not known")
  func reading() throws {
    try withDirectory { directory in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
      try File.replace(directory + "/large", with: bytes)
      #expect(try File.read(directory + "/large") == bytes)
      #expect(throws: SystemError.self) { try File.read(directory + "/large", limit: 1000) }
      #expect(try !File.read("/proc/self/mountinfo").isEmpty)
    }
  }

  @Test("trees are removed without following links")
  func removal() throws {
    try withDirectory { directory in
      try Directory.makeAll(directory + "/tree/a/b/c")
      try Directory.make(directory + "/outside")
      try File.replace(directory + "/outside/kept", with: [])
      try check(cl_symlinkat("../../outside", Int32(CL_AT_FDCWD), directory + "/tree/a/link"), "symlink")
      try Directory.removeAll(directory + "/tree")
      try Directory.removeAll(directory + "/tree")
      #expect(!FileStatus.exists(directory + "/tree"))
      #expect(FileStatus.exists(directory + "/outside/kept"))
    }
  }

  @Test("paths inside a root never lead out of it")
  func safePaths() throws {
    try withDirectory { directory in
      try Directory.makeAll(directory + "/root/etc")
      try File.replace(directory + "/secret", with: "s".utf8)
      for (name, target) in [
        ("up", "../../../../.."), ("absolute", directory), ("dangling", "/not/there"), ("loop", "loop"),
      ] {
        try check(cl_symlinkat(target, Int32(CL_AT_FDCWD), directory + "/root/" + name), "symlink")
      }
      let root = try SafePath(rootPath: directory + "/root")
      #expect(throws: SystemError(operation: "open", errno: .noEntry, path: "/up/../../secret")) {
        _ = try root.open("/up/../../secret")
      }
      #expect(throws: SystemError.self) { _ = try root.open("/absolute/secret") }
      #expect(throws: SystemError.self) { _ = try root.makeDirectory("/loop/x") }
      let made = try root.makeDirectory("/up/new/deep").status()
      #expect(try FileStatus.of(directory + "/root/new/deep").inode == made.inode)
      // A dangling link is not followed to make something: the kernel says what is there.
      #expect(throws: SystemError.self) { _ = try root.makeDirectory("/dangling/x") }
      _ = try root.makeFile("/etc/sub/file")
      #expect(try FileStatus.of(directory + "/root/etc/sub/file").kind == .regular)
      #expect(!FileStatus.exists(directory + "/new"))
    }
  }

  @Test(
    "paths are cleaned and split",
    arguments: [("/a//b/./c/", "/a/b/c"), ("a/../..", "/"), ("/../x", "/x"), ("", "/")])
  func cleaning(_ path: String, _ clean: String) {
    #expect(SafePath.clean(path) == clean)
  }
}

@Suite("Descriptors")
struct DescriptorTests {
  @Test("messages keep their bounds and carry descriptors")
  func passing() throws {
    try withDirectory { directory in
      let pair = try DescriptorPassing.pair()
      try File.replace(directory + "/a", with: "first".utf8)
      let file = try OwnedDescriptor.open(directory + "/a")
      try DescriptorPassing.send([1, 2, 3], descriptors: [file.rawValue, file.rawValue], over: pair.first)
      try DescriptorPassing.send([4], over: pair.first)
      var message = try DescriptorPassing.receive(from: pair.second)
      #expect(message.bytes == [1, 2, 3])
      #expect(message.descriptors.count == 2)
      let received = message.popFirstDescriptor()
      #expect(try received?.readToEnd() == Array("first".utf8))
      #expect(try DescriptorPassing.receive(from: pair.second).bytes == [4])
      let nothing = #expect(throws: SystemError.self) {
        _ = try DescriptorPassing.receive(from: pair.second, wait: false).bytes
      }
      #expect(nothing?.errno == .wouldBlock)
    }
  }

  @Test("a message that is too long is an error and its descriptors are closed")
  func tooLong() throws {
    let pair = try DescriptorPassing.pair()
    let before = try Directory.names("/proc/self/fd").count
    let null = try OwnedDescriptor.open("/dev/null")
    try DescriptorPassing.send([UInt8](repeating: 0, count: 100), descriptors: [null.rawValue], over: pair.first)
    let error = #expect(throws: SystemError.self) {
      _ = try DescriptorPassing.receive(limit: 10, from: pair.second).bytes
    }
    #expect(error?.errno == .messageTooLong)
    null.close()
    #expect(try Directory.names("/proc/self/fd").count <= before + 1)
  }

  @Test("the end of a peer is an empty message")
  func end() throws {
    var ends: [Int32] = [-1, -1]
    try check(cl_socketpair(Int32(CL_SOCK_SEQPACKET), &ends), "socketpair")
    let mine = OwnedDescriptor(owning: ends[0])
    _ = cl_close(ends[1])
    #expect(try DescriptorPassing.receive(from: mine).isEnd)
    let error = #expect(throws: SystemError.self) { try DescriptorPassing.send([1], over: mine) }
    #expect(error?.errno == .brokenPipe)
  }

  @Test("a sealed memory file cannot be changed")
  func sealed() throws {
    let file = try MemoryFile.sealed("test", Array("content".utf8))
    #expect(throws: SystemError.self) { try file.writeAll([1]) }
    #expect(cl_ftruncate(file.rawValue, 0) == -Errno.notPermitted.rawValue)
    #expect(try File.readText(file.procPath) == "content")
  }
}
