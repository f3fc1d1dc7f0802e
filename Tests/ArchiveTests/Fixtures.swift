import Archive
import CLinux
import Glibc
import LinuxSystem
import Testing

/// A directory of the test's own, removed at the end.
final class TemporaryDirectory {
  let path: String

  init() throws {
    var template = Array("/tmp/moonpool-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { throw SystemError(operation: "mkdtemp", errno: Errno(errno)) }
    path = String(cString: made)
  }

  deinit { _ = cl_remove_tree(-100, path) }

  func open() throws -> OwnedDescriptor { try OwnedDescriptor.open(path, .directory) }
}

/// Runs a program to its end and expects it to succeed.
func run(_ arguments: String...) throws { try run(arguments) }

func run(_ arguments: [String]) throws {
  var process: pid_t = 0
  var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
  pointers.append(nil)
  defer { for pointer in pointers { free(pointer) } }
  let failure = posix_spawnp(&process, arguments[0], nil, nil, pointers, environ)
  try #require(failure == 0, "\(arguments[0]) cannot be started")
  var status: Int32 = 0
  _ = waitpid(process, &status, 0)
  try #require(status == 0, "\(arguments) failed with \(status)")
}

/// The bytes of an archive made of `entries`.
func archive(_ entries: [(TarEntry, [UInt8])]) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try withUnsafeMutablePointer(to: &bytes) { bytes in
    var writer = TarWriter { bytes.pointee.append(contentsOf: $0) }
    for (entry, content) in entries {
      try writer.begin(entry)
      try content.withUnsafeBufferPointer { try writer.content(UnsafeRawBufferPointer($0)) }
    }
    try writer.finish()
  }
  return bytes
}

func file(_ path: String, _ content: String = "", mode: UInt32 = 0o644) -> (TarEntry, [UInt8]) {
  let bytes = Array(content.utf8)
  return (
    TarEntry(kind: .file, path: Array(path.utf8), mode: mode, size: Int64(bytes.count), modifiedSeconds: 1), bytes
  )
}

func directory(_ path: String, mode: UInt32 = 0o755) -> (TarEntry, [UInt8]) {
  (TarEntry(kind: .directory, path: Array(path.utf8), mode: mode, modifiedSeconds: 2), [])
}

func symlink(_ path: String, to target: String) -> (TarEntry, [UInt8]) {
  (TarEntry(kind: .symbolicLink, path: Array(path.utf8), linkTarget: Array(target.utf8), mode: 0o777), [])
}

func hardLink(_ path: String, to target: String) -> (TarEntry, [UInt8]) {
  (TarEntry(kind: .hardLink, path: Array(path.utf8), linkTarget: Array(target.utf8)), [])
}

/// Unpacks `bytes` into `path`, in pieces of `piece` bytes.
@discardableResult
func unpack(
  _ bytes: [UInt8], into path: String, mode: LayerExtractor.Mode = .overlay, piece: Int = 1 << 16,
  limits: LayerExtractor.Limits = LayerExtractor.Limits()
) throws -> LayerUnpacker.Outcome {
  let directory = try OwnedDescriptor.open(path, .directory)
  var unpacker = try LayerUnpacker(into: directory, mode: mode, limits: limits)
  try bytes.withUnsafeBytes { all in
    var position = 0
    while position < all.count {
      let end = min(position + piece, all.count)
      try unpacker.feed(UnsafeRawBufferPointer(rebasing: all[position..<end]))
      position = end
    }
  }
  return try unpacker.finish()
}

/// A tree as text: path, mode, owner, size and link of everything below `path`, sorted.
func describe(_ path: String) throws -> [String] {
  var lines: [String] = []
  func visit(_ directory: String, _ prefix: String) throws {
    for name in try Directory.names(directory).sorted() {
      let full = "\(directory)/\(name)"
      let status = try FileStatus.of(full, follow: false)
      var line = "\(prefix)\(name) \(String(status.mode, radix: 8)) \(status.uid):\(status.gid)"
      switch status.kind {
      case .regular: line += " \(status.size) links \(status.links) at \(status.modifiedSeconds)"
      case .directory: line += " at \(status.modifiedSeconds)"
      case .characterDevice, .blockDevice: line += " device \(status.specialDevice)"
      case .symbolicLink:
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = cl_readlinkat(-100, full, &buffer, 4096)
        line += " -> " + String(decoding: buffer[..<Int(count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      default: break
      }
      lines.append(line)
      if status.isDirectory { try visit(full, "\(prefix)\(name)/") }
    }
  }
  try visit(path, "")
  return lines
}

func attribute(_ path: String, _ name: String) -> [UInt8]? {
  var value = [UInt8](repeating: 0, count: 256)
  let count = value.withUnsafeMutableBytes { cl_lgetxattr(path, name, $0.baseAddress, 256) }
  return count < 0 ? nil : Array(value[..<count])
}
