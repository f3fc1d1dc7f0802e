internal import EngineAPI
internal import JSON

/// `--filter key=value …` as the API's `filters` parameter.
enum FilterFlag {
  static let flag = Flag("filter", "f", .list, "Filter output based on conditions provided")

  static func query(_ values: [String]) throws -> String? {
    guard !values.isEmpty else { return nil }
    var filters = Filters()
    for value in values {
      guard let equals = value.firstIndex(of: "=") else {
        throw UsageError(
          "invalid argument \"\(value)\" for \"-f, --filter\" flag: bad format of filter (expected name=value)")
      }
      let name = value[..<equals].filter { $0 != " " }.lowercased()
      filters.add(name, value[value.index(after: equals)...].trimmed)
    }
    // Sets, as every version of the API takes them: {"status": {"running": true}}.
    var object = JSONObject()
    for key in filters.values.keys.sorted() {
      var set = JSONObject()
      for value in filters[key] { set[value] = true }
      object[key] = .object(set)
    }
    return JSON.text(.object(object))
  }
}

extension Substring {
  fileprivate var trimmed: String {
    var text = self.drop(while: \.isWhitespace)
    while text.last?.isWhitespace ?? false { text.removeLast() }
    return String(text)
  }
}
