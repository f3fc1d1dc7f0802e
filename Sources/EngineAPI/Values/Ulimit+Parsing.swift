extension Ulimit {
  /// The names that Docker knows, in the order of the kernel's `RLIMIT_` numbers.
  public static let names = [
    "cpu", "fsize", "data", "stack", "core", "rss", "nproc", "nofile", "memlock", "as", "locks", "sigpending",
    "msgqueue", "nice", "rtprio", "rttime",
  ]

  /// The kernel's number of the resource (`RLIMIT_CPU` is 0).
  public func resource() throws(InvalidValue) -> Int {
    guard let number = Self.names.firstIndex(of: name) else { throw InvalidValue("invalid ulimit type: \(name)") }
    return number
  }

  public func validate() throws(InvalidValue) {
    _ = try resource()
    guard hard == -1 || (soft != -1 && soft <= hard) else {
      throw InvalidValue("ulimit soft limit must be less than or equal to hard limit: \(soft) > \(hard)")
    }
  }

  /// Reads `name=soft[:hard]`, the form of `--ulimit`.
  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw InvalidValue("invalid ulimit argument: \(text)") }
    let limits = parts[1].split(separator: ":", omittingEmptySubsequences: false)
    guard limits.count <= 2 else {
      throw InvalidValue("too many limit value arguments - \(parts[1]), can only have up to two, `soft[:hard]`")
    }
    guard let soft = Int64(limits[0]) else { throw InvalidValue("invalid ulimit argument: \(text)") }
    guard let hard = limits.count == 1 ? soft : Int64(limits[1]) else {
      throw InvalidValue("invalid ulimit argument: \(text)")
    }
    self.init(name: String(parts[0]), hard: hard, soft: soft)
    try validate()
  }
}
