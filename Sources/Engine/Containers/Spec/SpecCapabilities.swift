import OCI

/// `--cap-add` and `--cap-drop` over Docker's default set.
enum SpecCapabilities {
  /// - Parameter all: the capabilities this kernel knows.
  static func build(
    add: [String], drop: [String], privileged: Bool, isRoot: Bool, all: [String]
  ) throws(EngineError) -> RuntimeCapabilities {
    let set = try effective(add: add, drop: drop, privileged: privileged, all: all)
    var capabilities = RuntimeCapabilities()
    capabilities.bounding = set
    // Another user than root gains capabilities only by executing a file that has them: the inheritable set stays
    // empty (CVE-2022-24769) and so does what it holds.
    if isRoot {
      capabilities.effective = set
      capabilities.permitted = set
    }
    return capabilities
  }

  static func effective(
    add: [String], drop: [String], privileged: Bool, all: [String]
  ) throws(EngineError) -> [String] {
    if privileged { return all }
    let added = try add.map { name throws(EngineError) in try normalize(name, all: all) }
    let dropped = try drop.map { name throws(EngineError) in try normalize(name, all: all) }
    var set = Set(dropped.contains("ALL") ? [] : SpecDefaults.capabilities)
    if added.contains("ALL") { set = Set(all) }
    set.subtract(dropped)
    set.formUnion(added.filter { $0 != "ALL" })
    return all.filter(set.contains)
  }

  static func normalize(_ name: String, all: [String]) throws(EngineError) -> String {
    let upper = name.uppercased()
    if upper == "ALL" { return upper }
    let full = upper.hasPrefix("CAP_") ? upper : "CAP_" + upper
    guard all.contains(full) else {
      throw EngineError(.invalidArgument, "invalid capability: \"\(name)\"; see capabilities(7) for the names")
    }
    return full
  }
}
