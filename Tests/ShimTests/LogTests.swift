import CLinux
import Glibc
import JSON
import LinuxSystem
import OCI
import ShimProtocol
import Testing

@testable import Shim

/// What the log writer makes of bytes.
@Suite struct LogTests {
  private static let time = 1_795_223_044_120_000_000

  private func encode(_ bytes: [UInt8], newline: Bool = true) -> String {
    var output = [UInt8](repeating: 0, count: LogLineEncoder.bound(bytes.count, tail: 100))
    let count = bytes.withUnsafeBytes { line in
      output.withUnsafeMutableBytes { output in
        output.baseAddress.map { LogLineEncoder.encode(line, newline: newline, tail: Array("|".utf8), into: $0) } ?? 0
      }
    }
    return String(decoding: output[..<count], as: UTF8.self)
  }

  @Test func escapesAsDockerDoes() {
    #expect(encode(Array("plain text".utf8)) == #"{"log":"plain text\n|"#)
    #expect(encode(Array("a\"b\\c\rd\te\u{7f}".utf8)) == #"{"log":"a\"b\\c\rd\u0009e"# + "\u{7f}" + #"\n|"#)
    #expect(encode(Array("<a href=\"x&y\">".utf8)) == #"{"log":"\u003ca href=\"x\u0026y\"\u003e\n|"#)
    #expect(encode([0, 0x1B, 0x5B, 0x31, 0x6D]) == #"{"log":"\u0000\u001b[1m\n|"#)
    #expect(encode(Array("ä€𝄞 \u{2028}".utf8), newline: false) == #"{"log":"ä€𝄞 \u2028|"#)
    #expect(encode([], newline: true) == #"{"log":"\n|"#)
  }

  @Test(
    arguments: [
      ([0xFF, 0x41], #"\ufffdA"#), ([0xC3], #"\ufffd"#), ([0xE2, 0x82], #"\ufffd\ufffd"#),
      ([0xED, 0xA0, 0x80], #"\ufffd\ufffd\ufffd"#), ([0xF4, 0x90, 0x80, 0x80], #"\ufffd\ufffd\ufffd\ufffd"#),
      ([0xC0, 0x80], #"\ufffd\ufffd"#), ([0x41, 0x80, 0x42], #"A\ufffdB"#),
    ] as [([UInt8], String)])
  func bytesThatAreNoUTF8AreReplaced(bytes: [UInt8], text: String) {
    #expect(encode(bytes, newline: false) == "{\"log\":\"\(text)|")
  }

  @Test func everyLineIsTheSameTextForAJSONParser() throws {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0...120)).map { _ in
        Bool.random(using: &generator) ? UInt8.random(in: 0...255, using: &generator) : UInt8(ascii: "x")
      }
      let text = encode(bytes, newline: false).dropLast() + "\"}"
      let parsed = try JSON.parse(Array(text.utf8))["log"]?.stringValue
      // Go, as Docker, replaces byte by byte; the standard library here by maximal subparts: compare what is valid.
      if let valid = String(validating: bytes, as: UTF8.self) { #expect(parsed == valid) }
      #expect(parsed != nil)
    }
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00Z"), (Self.time, "2026-11-21T01:04:04.12Z"), (1, "1970-01-01T00:00:00.000000001Z"),
    (951_782_400_000_000_000, "2000-02-29T00:00:00Z"), (4_102_444_799_999_999_999, "2099-12-31T23:59:59.999999999Z"),
  ])
  func timesAreWrittenAsGoWritesThem(nanoseconds: Int, text: String) {
    var timestamp = LogTimestamp()
    #expect(String(decoding: timestamp.format(Int64(nanoseconds)), as: UTF8.self) == text)
  }

  @Test func linesAreJoinedAndSplit() throws {
    try withWriter { writer, read in
      writer.write("one\ntw")
      writer.write("o\nthr", .stderr)
      writer.write("o\n")
      writer.write("ee\n", .stderr)
      writer.write("no newline")
      writer.end(.stdout)
      let entries = try read("").map { "\($0.stream) \($0.text)" }
      #expect(
        entries == [
          "stdout one\n", "stderr o\n", "stdout two\n", "stderr three\n", "stdout no newline",
        ])
    }
  }

  @Test func aLongLineComesInPiecesOf16KiB() throws {
    try withWriter { writer, read in
      let line = String(repeating: "abcdefgh", count: 5000)
      for start in stride(from: 0, to: line.utf8.count, by: 7000) {
        writer.write(String(decoding: Array(line.utf8)[start..<min(start + 7000, line.utf8.count)], as: UTF8.self))
      }
      writer.write("\nnext\n")
      let entries = try read("")
      #expect(entries.map(\.text.utf8.count) == [16384, 16384, 7233, 5])
      #expect(entries.map(\.text).joined() == line + "\nnext\n")
    }
  }

  @Test func aSplitKeepsCharactersWhole() throws {
    try withWriter { writer, read in
      let line = "a" + String(repeating: "€", count: 12_000)
      writer.write(line + "\n")
      let entries = try read("")
      #expect(entries.count == 3 && !entries.contains { $0.text.contains("\u{fffd}") })
      #expect(entries.map(\.text).joined() == line + "\n")
    }
  }

  @Test func aFileIsRotatedBySizeAndTheOldestGoes() throws {
    try withWriter(maxSize: 1000, maxFiles: 3) { writer, read in
      for number in 0..<100 { writer.write("line \(number)\n") }
      let texts = try ["", ".1", ".2"].map { try read($0).map(\.text) }
      #expect(texts.allSatisfy { !$0.isEmpty } && (try? read(".3")) == nil)
      let joined = texts[2] + texts[1] + texts[0]
      #expect(joined.last == "line 99\n")
      // No line is missing between the files.
      let numbers = joined.compactMap { Int($0.dropFirst(5).dropLast()) }
      #expect(numbers == Array((numbers.first ?? 0)...99))
    }
  }

  @Test func oneFileIsTruncated() throws {
    try withWriter(maxSize: 500, maxFiles: 1) { writer, read in
      for number in 0..<50 { writer.write("line \(number)\n") }
      let entries = try read("")
      #expect(entries.count < 10 && entries.last?.text == "line 49\n")
    }
  }

  @Test func attributesStandInEveryLine() throws {
    let directory = try scratchDirectory()
    defer { try? Directory.removeAll(directory) }
    let spec = LogSpec(kind: .jsonFile, path: directory + "/log", maxFiles: 1, attributes: ["b": "2", "a": "<1>"])
    let writer = try #require(LogWriter(spec))
    writer.write("x\n")
    let text = try File.readText(directory + "/log")
    #expect(text.hasPrefix(#"{"log":"x\n","stream":"stdout","attrs":{"a":"<1>","b":"2"},"time":""#))
  }

  @Test func aFullDiskCostsLinesAndIsToldOnce() throws {
    let directory = try scratchDirectory()
    defer { try? Directory.removeAll(directory) }
    // The same write errors as a full disk's.
    let writer = try #require(LogWriter(LogSpec(kind: .jsonFile, path: "/dev/full", maxFiles: 1)))
    var failures: [LogFailure] = []
    writer.onFailure = { failures.append($0) }
    writer.write("one\ntwo\n")
    writer.write("three\n")
    #expect(writer.droppedLines == 3)
    #expect(failures.count == 1 && failures.first?.errno == ENOSPC && failures.first?.droppedLines == 2)
  }

  @Test func aMissingDirectoryIsNoEnd() throws {
    let directory = try scratchDirectory()
    defer { try? Directory.removeAll(directory) }
    let writer = try #require(
      LogWriter(LogSpec(kind: .jsonFile, path: directory + "/later/log", maxFiles: 1)))
    var failures: [LogFailure] = []
    writer.onFailure = { failures.append($0) }
    writer.write("lost\n")
    try Directory.make(directory + "/later")
    writer.write("kept\n")
    #expect(failures.map(\.droppedLines) == [1, 1] && failures.last?.errno == 0)
    #expect(try File.readText(directory + "/later/log").contains("kept"))
  }

  // MARK: Helpers

  private func scratchDirectory() throws -> String {
    let directory = "/tmp/moonpool-test-log-\(UInt64.random(in: 0 ... .max))"
    try Directory.make(directory)
    return directory
  }

  private func withWriter(
    maxSize: Int64? = nil, maxFiles: Int = 1,
    _ body: (LogWriter, (String) throws -> [(text: String, stream: String)]) throws -> Void
  ) throws {
    let directory = try scratchDirectory()
    defer { try? Directory.removeAll(directory) }
    let spec = LogSpec(kind: .jsonFile, path: directory + "/log", maxSize: maxSize, maxFiles: maxFiles)
    let writer = try #require(LogWriter(spec))
    try body(writer) { suffix in
      try File.readText(directory + "/log" + suffix).split(separator: "\n").map { line in
        let value = try JSON.parse(Array(line.utf8))
        return (value["log"]?.stringValue ?? "?", value["stream"]?.stringValue ?? "?")
      }
    }
  }
}

extension LogWriter {
  fileprivate func write(_ text: String, _ stream: Stream = .stdout) {
    Array(text.utf8).withUnsafeBytes { append($0, from: stream) }
  }
}
