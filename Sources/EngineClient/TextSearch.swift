/// Searching in text without `_StringProcessing`, whose regular expressions would make a third of a small program.
extension StringProtocol {
  package func firstOccurrence(of text: String) -> Range<Index>? {
    let wanted = Array(text.utf8)
    guard !wanted.isEmpty else { return startIndex..<startIndex }
    let bytes = Array(utf8)
    guard bytes.count >= wanted.count else { return nil }
    for start in 0...(bytes.count - wanted.count) where bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
      let lower = utf8.index(startIndex, offsetBy: start)
      return lower..<utf8.index(lower, offsetBy: wanted.count)
    }
    return nil
  }

  package func includes(_ text: String) -> Bool { firstOccurrence(of: text) != nil }

  /// The parts between occurrences of `separator`, which is not empty.
  package func parts(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[startIndex...]
    while let found = rest.firstOccurrence(of: separator) {
      parts.append(String(rest[..<found.lowerBound]))
      rest = rest[found.upperBound...]
    }
    return parts + [String(rest)]
  }

  package func substituting(_ text: String, with replacement: String) -> String {
    parts(separatedBy: text).joined(separator: replacement)
  }
}
