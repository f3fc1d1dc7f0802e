import Scripting

/// `moonpoold hooks test DIR` and `moonpoold plugin check DIR`: the tests of hooks and drivers, in the sandbox they run
/// in, without a daemon. (`moonpool hooks test` hands over to this.)
enum ScriptTool {
  /// The exit status; nil where the arguments ask for the daemon.
  static func run(_ arguments: [String]) async throws -> Int32? {
    guard let noun = arguments.first, noun == "hooks" || noun == "plugin" else { return nil }
    let verb = noun == "hooks" ? "test" : "check"
    guard arguments.count == 3, arguments[1] == verb else {
      throw OptionError("usage: moonpoold \(noun) \(verb) DIR")
    }
    let report = await ScriptTests.run(directory: arguments[2])
    for test in report.cases {
      print("\(test.failure == nil ? "ok    " : "FAILED") \(test.file): \(test.name)")
      if let failure = test.failure { print("       \(failure)") }
    }
    let failed = report.failures.count
    print("\(report.cases.count - failed) passed, \(failed) failed")
    return failed == 0 ? 0 : 1
  }
}
