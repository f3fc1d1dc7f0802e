internal import JSON

/// A list of objects for the user: as a table, by a template, as JSON lines or as bare ids.
struct Listing {
  /// Header of each field that a table may show.
  var headers: KeyValuePairs<String, String>
  /// The standard table's template: `{{.ID}}\t{{.Names}}`.
  var standard: String
  /// The field that `--quiet` shows.
  var identifier: String

  /// `format` is the user's (`table …`, `json`, a template) or empty.
  func print(_ rows: [JSONObject], format: String, quiet: Bool, to output: TextWriter) throws {
    if quiet, format.isEmpty || format == "table" {
      for row in rows { output.print(row[identifier]?.stringValue ?? "") }
      return
    }
    let text = format.isEmpty || format == "table" ? "table " + standard : format == "json" ? "{{json .}}" : format
    let isTable = text.hasPrefix("table ")
    let source = Self.unescaped(isTable ? String(text.dropFirst(6)) : text)
    let template = try Template(source, missing: .unknownField)
    guard isTable else {
      for row in rows { output.print(try template.render(.object(row))) }
      return
    }
    var header = JSONObject()
    for (field, title) in headers { header[field] = .string(title) }
    // In the heading a function is applied to nothing: `{{json .ID}}` heads its column with ID.
    var table = Table(rows: [try template.heading(header).cells])
    for row in rows { table.rows.append(try template.render(.object(row)).cells) }
    for line in table.lines() { output.print(line) }
  }

  /// Shells pass `\t` and `\n` as two characters.
  static func unescaped(_ text: String) -> String {
    var result = ""
    var iterator = text.makeIterator()
    while let character = iterator.next() {
      guard character == "\\" else {
        result.append(character)
        continue
      }
      switch iterator.next() {
      case "t": result.append("\t")
      case "n": result.append("\n")
      case let other?: result += "\\" + String(other)
      case nil: result.append("\\")
      }
    }
    return result
  }
}

extension String {
  fileprivate var cells: [String] {
    split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
  }
}

extension JSONObject {
  /// Sorted by key, as Go writes a map: what `{{json .}}` shows of a row.
  init(row: KeyValuePairs<String, JSONValue>) {
    self.init(row.sorted { $0.key < $1.key })
  }
}
