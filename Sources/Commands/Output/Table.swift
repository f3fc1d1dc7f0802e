/// Rows under headers in columns as wide as their widest cell and three spaces, ten at least: Docker's tabwriter.
struct Table {
  static let padding = 3
  static let narrowest = 10

  var rows: [[String]] = []

  func lines() -> [String] {
    var widths: [Int] = []
    for row in rows {
      // The last cell of a row ends no column.
      for (index, cell) in row.dropLast().enumerated() {
        if index == widths.count { widths.append(Self.narrowest) }
        widths[index] = max(widths[index], cell.unicodeScalars.count + Self.padding)
      }
    }
    return rows.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        line += cell
        guard index < row.count - 1 else { break }
        line += String(repeating: " ", count: widths[index] - cell.unicodeScalars.count)
      }
      return line
    }
  }
}
