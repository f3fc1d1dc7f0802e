import EngineAPI
import LinuxSystem
import Testing

@testable import Engine

@Suite struct LogReaderTests {
  private let scratch: Scratch
  private let path: String

  init() throws {
    scratch = try Scratch()
    path = scratch.path + "/log"
  }

  private func line(_ number: Int, stream: String = "stdout", extra: String = "") -> String {
    let time = Timestamp(seconds: 1_700_000_000 + Int64(number)).description
    return #"{"log":"line \#(number)\n","stream":"\#(stream)","time":"\#(time)"\#(extra)}"# + "\n"
  }

  private func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { line($0) }.joined() }

  private func drain(_ reader: LogReader) throws -> String {
    var output: [UInt8] = []
    while let piece = try reader.next(), !piece.isEmpty { output += piece }
    return String(decoding: output, as: UTF8.self)
  }

  private func read(_ options: LogsOptions = LogsOptions(), framed: Bool = false) throws -> String {
    let reader = LogReader(path: path, options: options, framed: framed)
    try reader.open()
    return try drain(reader)
  }

  private func printed(_ numbers: some Sequence<Int>) -> String { numbers.map { "line \($0)\n" }.joined() }

  /// Three files: 1…3, 4…6, and the live one with 7…9.
  private func rotated() throws {
    try scratch.write(lines(1...3), to: "log.2")
    try scratch.write(lines(4...6), to: "log.1")
    try scratch.write(lines(7...9), to: "log")
  }

  @Test func rotatedFilesComeFirst() throws {
    try rotated()
    #expect(try read() == printed(1...9))
  }

  @Test(arguments: 0...11)
  func tail(_ count: Int) throws {
    try rotated()
    #expect(try read(LogsOptions(tail: count)) == printed((1...9).suffix(count)))
  }

  @Test func noFileAndAnEmptyOne() throws {
    #expect(try read() == "")
    #expect(try read(LogsOptions(tail: 5)) == "")
    try scratch.write("", to: "log")
    #expect(try read(LogsOptions(tail: 5)) == "")
  }

  @Test func sinceAndUntil() throws {
    try rotated()
    let options = LogsOptions(
      since: Timestamp(seconds: 1_700_000_003), until: Timestamp(seconds: 1_700_000_007))
    #expect(try read(options) == printed(3...7))
  }

  /// What a crash of the machine left half-written is not shown, and does not count as a line.
  @Test func aTornLastLine() throws {
    try scratch.write(lines(1...3) + #"{"log":"li"#, to: "log")
    #expect(try read() == printed(1...3))
    #expect(try read(LogsOptions(tail: 2)) == printed(2...3))
  }

  @Test func aTornLineDoesNotSpoilTheNextFile() throws {
    try scratch.write(lines(1...2) + #"{"log":"li"#, to: "log.1")
    try scratch.write(lines(3...4), to: "log")
    #expect(try read() == printed(1...4))
  }

  @Test func followsGrowthAndCompletesLines() throws {
    let whole = line(2)
    try scratch.write(lines(1...1) + whole.prefix(10), to: "log")
    let reader = LogReader(path: path, options: LogsOptions(follow: true), framed: false)
    try reader.open()
    #expect(try drain(reader) == printed(1...1))
    #expect(try reader.next()?.isEmpty == true)
    try append(String(whole.dropFirst(10)))
    #expect(try drain(reader) == printed(2...2))
  }

  private func append(_ text: String) throws {
    let file = try OwnedDescriptor.open(path, [.writeOnly, .append])
    try file.writeAll(Array(text.utf8))
  }

  @Test func followsRotation() throws {
    try scratch.write(lines(1...2), to: "log")
    let reader = LogReader(path: path, options: LogsOptions(follow: true), framed: false)
    try reader.open()
    #expect(try drain(reader) == printed(1...2))
    // Lines written after the last look, before the file was rotated away, are not lost.
    try append(lines(3...4))
    try File.rename(path, to: path + ".1")
    try scratch.write(lines(5...6), to: "log")
    #expect(try drain(reader) == printed(3...6))
  }

  @Test func followsTwoRotationsAtOnce() throws {
    try scratch.write(lines(1...2), to: "log")
    let reader = LogReader(path: path, options: LogsOptions(follow: true), framed: false)
    try reader.open()
    #expect(try drain(reader) == printed(1...2))
    try File.rename(path, to: path + ".2")
    try scratch.write(lines(3...4), to: "log.1")
    try scratch.write(lines(5...6), to: "log")
    #expect(try drain(reader) == printed(3...6))
  }

  @Test func followsTruncation() throws {
    try scratch.write(lines(1...5), to: "log")
    let reader = LogReader(path: path, options: LogsOptions(follow: true), framed: false)
    try reader.open()
    #expect(try drain(reader) == printed(1...5))
    let file = try OwnedDescriptor.open(path, [.writeOnly, .truncate])
    try file.writeAll(Array(line(6).utf8))
    #expect(try drain(reader) == printed(6...6))
  }

  @Test func framing() throws {
    try scratch.write(line(1) + line(2, stream: "stderr"), to: "log")
    let reader = LogReader(path: path, options: LogsOptions(), framed: true)
    try reader.open()
    let output = try #require(try reader.next())
    let first = [1, 0, 0, 0, 0, 0, 0, 7] + Array("line 1\n".utf8)
    let second = [2, 0, 0, 0, 0, 0, 0, 7] + Array("line 2\n".utf8)
    #expect(output == first + second)
  }

  @Test func oneStream() throws {
    try scratch.write(line(1) + line(2, stream: "stderr"), to: "log")
    #expect(try read(LogsOptions(stdout: false)) == printed(2...2))
    #expect(try read(LogsOptions(stderr: false)) == printed(1...1))
  }

  @Test func timestampsAndDetails() throws {
    try scratch.write(line(1, extra: #","attrs":{"b":"2","a":"1"}"#), to: "log")
    #expect(try read(LogsOptions(details: true)) == "a=1,b=2 line 1\n")
    #expect(try read(LogsOptions(timestamps: true)) == "2023-11-14T22:13:21.000000000Z line 1\n")
  }

  /// Nothing that stands in a log file makes the reader trap.
  @Test func randomBytes() throws {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array(#"{"log":"\u00eea\\n","stream":"stdout","time":"2023"}"#.utf8) + [0x0A, 0xFF, 0x80, 0]
    for _ in 0..<500 {
      let length = Int.random(in: 0...200, using: &generator)
      let bytes = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      _ = bytes.withUnsafeBufferPointer { LogLineDecoder.decode($0) }
      var whole = Array(line(1).utf8)
      whole[Int.random(in: whole.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      _ = whole.withUnsafeBufferPointer { LogLineDecoder.decode($0) }
      _ = whole.prefix(length).withContiguousStorageIfAvailable { LogLineDecoder.decode($0) }
    }
  }
}

@Suite struct LogLineDecoderTests {
  private func decode(_ text: String) -> LogLine? {
    Array(text.utf8).withUnsafeBufferPointer { LogLineDecoder.decode($0) }
  }

  private func payload(_ escaped: String) -> [UInt8]? {
    decode(#"{"log":"\#(escaped)","stream":"stderr","time":"2023-11-14T22:13:20Z"}"#)?.payload
  }

  @Test func escapes() {
    #expect(payload(#"a\n\r\t\"\\\/\b\f\u0041\u00e9"#) == Array("a\n\r\t\"\\/\u{8}\u{c}Aé".utf8))
    #expect(payload(#"\ud83d\ude00"#) == Array("😀".utf8), "a pair goes through the JSON parser")
    #expect(payload("") == [])
    #expect(payload(#"\x"#) == nil)
    #expect(payload(#"\u12"#) == nil)
  }

  @Test func otherOrdersAndSpaces() throws {
    let line = try #require(decode(#"{ "stream": "stderr", "time": "T", "log": "x", "attrs": {"k": "v"} }"#))
    #expect(line.payload == Array("x".utf8) && line.isError && line.time == "T")
    #expect(line.attributes.first?.0 == "k" && line.attributes.first?.1 == "v")
  }

  @Test(arguments: ["", "{", "null", "[]", #"{"log":"#, #"{"log":1}"#, #"{"log":"x","stream":"stdout","time":"#])
  func noLine(_ text: String) { #expect(decode(text) == nil) }
}
