/// `--cap-add` and `--cap-drop` in one form: upper case, with `CAP_`, sorted; `ALL` includes all others, and adding
/// wins over dropping.
enum CapabilityFlags {
  static func effective(add: [String], drop: [String]) -> (add: [String]?, drop: [String]?) {
    let added = names(add)
    let dropped = names(drop).subtracting(added)
    return (added.isEmpty ? nil : added.sorted(), dropped.isEmpty ? nil : dropped.sorted())
  }

  private static func names(_ list: [String]) -> Set<String> {
    let names = Set(
      list.map { text in
        let name = text.filter { !$0.isWhitespace }.uppercased()
        return name == "ALL" || name.hasPrefix("CAP_") ? name : "CAP_\(name)"
      })
    return names.contains("ALL") ? ["ALL"] : names
  }
}
