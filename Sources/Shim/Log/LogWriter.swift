internal import CLinux
internal import JSON
internal import LinuxSystem
internal import ShimProtocol

/// Turns what a container prints into lines of its log file, in batches of up to 64 KiB with one write each.
///
/// Lines longer than 16 KiB are split as Docker splits them: pieces without `\n` in their text, the last one with. A line
/// without its newline waits for the rest, or for the end of the stream. A file that cannot be written costs lines, which
/// are counted and reported; it never stops the container.
final class LogWriter {
  enum Stream: Int {
    case stdout = 0
    case stderr = 1

    fileprivate var name: String { self == .stdout ? "stdout" : "stderr" }
  }

  static let longestPiece = 16 << 10
  private static let batch = 64 << 10

  private var file: LogFile
  private let attributes: [UInt8]
  private let scratch: ScratchMemory
  private var buffered = 0
  private var bufferedLines: Int64 = 0
  private var tail: [UInt8] = []
  private var timestamp = LogTimestamp()
  /// The beginning of an unfinished line of each stream.
  private var unfinished: [[UInt8]] = [[], []]
  private(set) var droppedLines: Int64 = 0
  private var isFailing = false
  /// Called when writing begins to fail, and when it works again.
  var onFailure: (LogFailure) -> Void = { _ in }

  /// Nil for a container that keeps no log.
  init?(_ spec: LogSpec) {
    guard spec.kind != .none, !spec.path.isEmpty else { return nil }
    file = LogFile(path: spec.path, maxSize: spec.maxSize, maxFiles: spec.maxFiles)
    if spec.attributes.isEmpty {
      attributes = []
    } else {
      var object = JSONObject()
      for (key, value) in spec.attributes.sorted(by: { $0.key < $1.key }) { object[key] = .string(value) }
      attributes = Array(#""attrs":"#.utf8) + JSON.write(.object(object)) + [UInt8(ascii: ",")]
    }
    // One batch, and what the longest piece may grow to beyond.
    let longestTail = 256 + attributes.count
    scratch = ScratchMemory(size: Self.batch + LogLineEncoder.bound(Self.longestPiece + 4, tail: longestTail))
  }

  /// Takes what was read from a stream and writes every line that it completes.
  func append(_ bytes: UnsafeRawBufferPointer, from stream: Stream) {
    tail = LogLineEncoder.tail(
      stream: stream.name, attributes: attributes, time: timestamp.format(LogTimestamp.now()))
    var rest = bytes
    if !unfinished[stream.rawValue].isEmpty { rest = complete(rest, stream) }
    while !rest.isEmpty, let base = rest.baseAddress?.assumingMemoryBound(to: UInt8.self) {
      let window = min(rest.count, Self.longestPiece)
      let newline = cl_find_newline(base, window)
      if newline < window {
        emit(UnsafeRawBufferPointer(rebasing: rest[..<newline]), newline: true)
        rest = UnsafeRawBufferPointer(rebasing: rest[(newline + 1)...])
      } else if rest.count >= Self.longestPiece {
        let piece = Self.wholeScalars(base, Self.longestPiece)
        emit(UnsafeRawBufferPointer(rebasing: rest[..<piece]), newline: false)
        rest = UnsafeRawBufferPointer(rebasing: rest[piece...])
      } else {
        unfinished[stream.rawValue].append(contentsOf: rest)
        break
      }
    }
    flush()
  }

  /// The stream has ended: an unfinished line is written as it is.
  func end(_ stream: Stream) {
    guard !unfinished[stream.rawValue].isEmpty else { return }
    tail = LogLineEncoder.tail(
      stream: stream.name, attributes: attributes, time: timestamp.format(LogTimestamp.now()))
    unfinished[stream.rawValue].withUnsafeBytes { emit($0, newline: false) }
    unfinished[stream.rawValue] = []
    flush()
  }

  /// Opens the path anew at the next line.
  func reopen() { file.close() }

  /// Gives working memory back.
  func idle() { scratch.release() }

  /// Joins the unfinished line with the beginning of `bytes`; returns what remains of these.
  private func complete(_ bytes: UnsafeRawBufferPointer, _ stream: Stream) -> UnsafeRawBufferPointer {
    guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return bytes }
    var line = unfinished[stream.rawValue]
    unfinished[stream.rawValue] = []
    let window = min(bytes.count, Self.longestPiece - line.count)
    let newline = cl_find_newline(base, window)
    line.append(contentsOf: bytes[..<newline])
    if newline < window {
      line.withUnsafeBytes { emit($0, newline: true) }
      return UnsafeRawBufferPointer(rebasing: bytes[(newline + 1)...])
    }
    if line.count >= Self.longestPiece {
      let piece = line.withUnsafeBufferPointer { line in
        line.baseAddress.map { Self.wholeScalars($0, line.count) } ?? line.count
      }
      line.withUnsafeBytes { emit(UnsafeRawBufferPointer(rebasing: $0[..<piece]), newline: false) }
      line.removeFirst(piece)
    }
    unfinished[stream.rawValue] = line
    let rest = UnsafeRawBufferPointer(rebasing: bytes[newline...])
    return line.isEmpty || rest.isEmpty ? rest : complete(rest, stream)
  }

  /// A split does not cut a character in two: the length up to the last whole one, at most three bytes less.
  private static func wholeScalars(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
    for back in 1...3 {
      let start = count - back
      guard start > 0 else { return count }
      let byte = bytes[start]
      if byte & 0xC0 == 0x80 { continue }
      guard byte >= 0xC0 else { return count }
      return LogLineEncoder.scalarLength(bytes + start, back) == 0 ? start : count
    }
    return count
  }

  private func emit(_ line: UnsafeRawBufferPointer, newline: Bool) {
    guard let output = scratch.bytes.baseAddress else { return }
    buffered += LogLineEncoder.encode(line, newline: newline, tail: tail, into: output + buffered)
    bufferedLines += 1
    // A file is rotated after the line that reaches its limit.
    if buffered >= Self.batch || Int64(buffered) >= (file.room ?? .max) { flush() }
  }

  private func flush() {
    guard buffered > 0 else { return }
    scratch.touch(buffered)
    let lines = bufferedLines
    let batch = UnsafeRawBufferPointer(rebasing: scratch.bytes[..<buffered])
    buffered = 0
    bufferedLines = 0
    do throws(SystemError) {
      try file.append(batch)
      if isFailing { report("the log can be written again", 0) }
      isFailing = false
    } catch {
      droppedLines += lines
      file.close()
      if !isFailing { report("\(error)", error.errno.rawValue) }
      isFailing = true
    }
  }

  private func report(_ message: String, _ errno: Int32) {
    onFailure(LogFailure(message: message, errno: errno, droppedLines: droppedLines))
  }
}
