internal import EngineClient
internal import Glibc
internal import JSON

/// Shows the messages of pull, push and load: on a terminal a line for each layer with its bar, else one line for
/// each message that is no progress.
struct ProgressDisplay {
  private let writer: TextWriter
  private let isTerminal: Bool
  private let isQuiet: Bool
  private var lines: [String] = []

  init(_ writer: TextWriter, quiet: Bool = false) {
    self.writer = writer
    isTerminal = writer.isTerminal
    isQuiet = quiet
  }

  mutating func show(_ message: JSONValue) throws {
    if let failure = message["errorDetail"]?["message"]?.stringValue ?? message["error"]?.stringValue {
      writer.flush()
      throw ClientError(.refused, failure)
    }
    guard !isQuiet else { return }
    if let text = message["stream"]?.stringValue {
      writer.print(text, terminator: "")
      writer.flush()
      return
    }
    guard let status = message["status"]?.stringValue else { return }
    let id = message["id"]?.stringValue ?? ""
    let progress = Self.progress(message["progressDetail"], width: Terminal.size(of: writer.descriptor)?.columns ?? 80)
    guard isTerminal else {
      if progress.isEmpty { writer.print(id.isEmpty ? status : "\(id): \(status)") }
      writer.flush()
      return
    }
    guard !id.isEmpty else {
      writer.print(status)
      lines.removeAll()
      writer.flush()
      return
    }
    let text = "\(id): \(status)\(progress.isEmpty ? "" : " \(progress)")"
    if let index = lines.firstIndex(of: id) {
      let distance = lines.count - index
      writer.print("\u{1b}[\(distance)A\u{1b}[2K\r\(text)\r\u{1b}[\(distance)B", terminator: "")
    } else {
      lines.append(id)
      writer.print(text)
    }
    writer.flush()
  }

  /// `[==========>        ]  3.2MB/10MB`
  static func progress(_ detail: JSONValue?, width: Int) -> String {
    guard let current = detail?["current"]?.integerValue, current > 0 else { return "" }
    guard let total = detail?["total"]?.integerValue, total > 0 else { return Human.size(current) }
    let counts = current >= total ? Human.size(total) : "\(Human.size(current))/\(Human.size(total))"
    // The layer's name and status take up to thirty columns, the numbers twenty.
    let room = min(50, width - 56)
    guard room >= 10 else { return counts }
    let done = Int(min(Int64(room), current * Int64(room) / total))
    let bar = String(repeating: "=", count: done) + ">" + String(repeating: " ", count: room - done)
    return "[\(bar)]  \(counts)"
  }
}
