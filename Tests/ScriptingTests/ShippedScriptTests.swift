import Testing

@testable import Scripting

/// The tests that lie beside the shipped hooks and drivers.
@Suite struct ShippedScriptTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  @Test(arguments: ["hooks/no-privileged", "hooks/default-limits", "hooks/exit-log", "hooks", "plugins"])
  func passTheirOwnTests(_ folder: String) async throws {
    let report = await ScriptTests.run(directory: "\(Self.root)/\(folder)")
    #expect(report.isPassed, "\(report.failureText)")
    #expect(report.cases.count >= 4)
  }
}
