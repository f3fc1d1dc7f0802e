public import EngineAPI
import Glibc
import LinuxSystem

/// What `docker logs` asks for.
public struct LogsOptions: Sendable {
  public var stdout: Bool
  public var stderr: Bool
  public var follow: Bool
  public var timestamps: Bool
  public var details: Bool
  public var since: Timestamp?
  public var until: Timestamp?
  /// The last lines only; nil for all.
  public var tail: Int?

  public init(
    stdout: Bool = true, stderr: Bool = true, follow: Bool = false, timestamps: Bool = false, details: Bool = false,
    since: Timestamp? = nil, until: Timestamp? = nil, tail: Int? = nil
  ) {
    self.stdout = stdout
    self.stderr = stderr
    self.follow = follow
    self.timestamps = timestamps
    self.details = details
    self.since = since
    self.until = until
    self.tail = tail
  }
}

/// Reads a container's log files, the rotated ones first, and renders them as a client gets them. Blocking; one caller
/// at a time.
final class LogReader: @unchecked Sendable {  // used by one task at a time, handed from hop to hop
  private let path: String
  private let options: LogsOptions
  private let framed: Bool
  /// Files still to read, oldest first; the live one is the last.
  private var older: [String] = []
  private var file: OwnedFile?
  private var carry: [UInt8] = []
  private var finished = false
  private static let chunk = 256 << 10

  private final class OwnedFile {
    let descriptor: Int32
    let inode: UInt64
    init(descriptor: Int32, inode: UInt64) {
      self.descriptor = descriptor
      self.inode = inode
    }
    deinit { close(descriptor) }
  }

  init(path: String, options: LogsOptions, framed: Bool) {
    self.path = path
    self.options = options
    self.framed = framed
  }

  func open() throws {
    var rotated: [String] = []
    var number = 1
    while FileStatus.exists("\(path).\(number)") {
      rotated.append("\(path).\(number)")
      number += 1
    }
    older = rotated.reversed()
    if let tail = options.tail { try seek(toLast: tail) }
  }

  private func openFile(_ path: String) throws -> OwnedFile? {
    let descriptor: OwnedDescriptor
    do { descriptor = try OwnedDescriptor.open(path) } catch {
      if error.errno == .noEntry { return nil }
      throw error
    }
    let inode = try descriptor.status().inode
    return OwnedFile(descriptor: descriptor.release(), inode: inode)
  }

  /// Positions the reader so that `count` lines follow, counting line ends backwards from the live file's end.
  private func seek(toLast count: Int) throws {
    var wanted = count
    var files = [path] + older.reversed()
    var kept: [String] = []
    while !files.isEmpty {
      let name = files.removeFirst()
      guard let opened = try openFile(name) else { continue }
      let (found, offset) = backward(opened.descriptor, lines: wanted)
      if found >= wanted {
        lseek(opened.descriptor, offset, SEEK_SET)
        file = opened
        older = kept
        if name != path { currentIsOlder = true }
        return
      }
      wanted -= found
      if name != path { kept.insert(name, at: 0) }
    }
    older = kept
  }

  private var currentIsOlder = false

  private func backward(_ descriptor: Int32, lines wanted: Int) -> (found: Int, offset: Int) {
    let end = lseek(descriptor, 0, SEEK_END)
    guard wanted > 0 else { return (0, end) }
    var position = end
    // Line ends passed; the last line's is the first of them, and what a crash left after it is no line.
    var ends = 0
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while position > 0 {
      let length = min(buffer.count, position)
      position -= length
      guard pread(descriptor, &buffer, length, position) == length else { break }
      for index in stride(from: length - 1, through: 0, by: -1) where buffer[index] == 0x0A {
        if ends == wanted { return (wanted, position + index + 1) }
        ends += 1
      }
    }
    return (ends, 0)
  }

  /// The next rendered piece; empty where nothing is there now, nil after `until`.
  func next() throws -> [UInt8]? {
    guard !finished else { return nil }
    var output: [UInt8] = []
    while output.count < Self.chunk / 2 {
      guard let bytes = try readMore() else { break }
      render(bytes, into: &output)
      if finished { break }
    }
    return output.isEmpty && finished ? nil : output
  }

  /// More bytes of the current file, or of the one that follows it; nil at the live file's end.
  private func readMore() throws -> [UInt8]? {
    while true {
      if file == nil {
        if !older.isEmpty {
          file = try openFile(older.removeFirst())
          currentIsOlder = true
          if file == nil { continue }
        } else {
          file = try openFile(path)
          currentIsOlder = false
          guard file != nil else { return nil }
        }
      }
      guard let current = file else { return nil }
      let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
        count = max(0, read(current.descriptor, buffer.baseAddress, buffer.count))
      }
      if !bytes.isEmpty { return bytes }
      if currentIsOlder {
        file = nil
        carry = []
        continue
      }
      // At its end: rotated away in the meantime, or truncated (one file only)?
      guard let status = try? FileStatus.of(path) else { return nil }
      if status.inode != current.inode {
        // Whatever was written before the rotation is there by now: once more to its end, then the files after it.
        older = rotatedSince(current.inode)
        currentIsOlder = true
        continue
      }
      if status.size < Int64(lseek(current.descriptor, 0, SEEK_CUR)) {
        lseek(current.descriptor, 0, SEEK_SET)
        carry = []
      } else {
        return nil
      }
    }
  }

  /// The files that came after the one with this inode, oldest first, without the live one.
  private func rotatedSince(_ inode: UInt64) -> [String] {
    var newer: [String] = []
    var number = 1
    while let status = try? FileStatus.of("\(path).\(number)"), status.inode != inode {
      newer.insert("\(path).\(number)", at: 0)
      number += 1
    }
    return newer
  }

  private func render(_ bytes: [UInt8], into output: inout [UInt8]) {
    let data = carry.isEmpty ? bytes : carry + bytes
    carry = []
    data.withUnsafeBufferPointer { buffer in
      var start = 0
      while start < buffer.count {
        guard let base = buffer.baseAddress, let end = memchr(base + start, 0x0A, buffer.count - start) else {
          carry = Array(buffer[start...])
          return
        }
        let length = UnsafeRawPointer(end) - UnsafeRawPointer(base + start)
        if let line = LogLineDecoder.decode(UnsafeBufferPointer(rebasing: buffer[start..<(start + length)])) {
          append(line, to: &output)
          if finished { return }
        }
        start += length + 1
      }
    }
  }

  private func append(_ line: LogLine, to output: inout [UInt8]) {
    guard line.isError ? options.stderr : options.stdout else { return }
    var prefix: [UInt8] = []
    if options.since != nil || options.until != nil || options.timestamps {
      guard let time = Timestamp(rfc3339: line.time) else { return }
      if let since = options.since, time < since { return }
      if let until = options.until, time > until {
        finished = true
        return
      }
      if options.timestamps { prefix += Array((time.fixedWidth + " ").utf8) }
    }
    if options.details, !line.attributes.isEmpty {
      let text = line.attributes.sorted { $0.0 < $1.0 }.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
      prefix += Array((text + " ").utf8)
    }
    if framed {
      let length = UInt32(prefix.count + line.payload.count)
      output.append(contentsOf: [line.isError ? 2 : 1, 0, 0, 0])
      for shift in [24, 16, 8, 0] as [UInt32] { output.append(UInt8(truncatingIfNeeded: length >> shift)) }
    }
    output.append(contentsOf: prefix)
    output.append(contentsOf: line.payload)
  }
}
