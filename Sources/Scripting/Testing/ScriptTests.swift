import JSON
import LinuxSystem
import Lua

/// Runs the tests that lie beside a hook or driver (`*_test.lua`), in the production sandbox, without a daemon.
public enum ScriptTests {
  public struct Report: Sendable, Hashable {
    public struct Case: Sendable, Hashable {
      /// "no-privileged/policy_test.lua".
      public var file: String
      public var name: String
      /// Nil when it passed.
      public var failure: String?
    }

    public var cases: [Case] = []
    public var isPassed: Bool { cases.allSatisfy { $0.failure == nil } }
    public var failures: [Case] { cases.filter { $0.failure != nil } }

    /// "policy_test.lua: a name: why", one per line.
    public var failureText: String {
      failures.map { "\($0.file): \($0.name): \($0.failure ?? "")" }.joined(separator: "\n")
    }
  }

  /// Every hook and driver under a folder: `hooks/`, `plugins/network/bridge`.
  public static func run(directory: String) async -> Report {
    var report = Report()
    for folder in scripts(directory, depth: 0) {
      do throws(ScriptError) {
        report.cases += await run(try ScriptFiles.read(folder, ownedOnly: false)).cases
      } catch {
        report.cases.append(Report.Case(file: folder, name: "load", failure: error.message))
      }
    }
    if report.cases.isEmpty {
      report.cases.append(Report.Case(file: directory, name: "load", failure: "there is no init.lua in or under it"))
    }
    return report
  }

  private static func scripts(_ directory: String, depth: Int) -> [String] {
    if FileStatus.exists("\(directory)/init.lua") { return [directory] }
    guard depth < 4, let names = try? Directory.names(directory) else { return [] }
    return names.sorted().filter { !$0.hasPrefix(".") }.flatMap { name in
      let path = "\(directory)/\(name)"
      return (try? FileStatus.of(path).isDirectory) == true ? scripts(path, depth: depth + 1) : []
    }
  }

  /// One script's tests. That it loads is the first of them.
  public static func run(_ files: ScriptFiles) async -> Report {
    var report = Report()
    let services = MemoryServices()
    do throws(ScriptError) {
      if files.declaresDriver {
        _ = try await LuaDriver.load(files, kind: nil, services: services)
      } else {
        // Required settings have no values here: what matters is that the script and its declarations are sound.
        _ = try await ScriptRuntime(files: files, label: files.name, limits: LuaLimits(), services: services)
          .load("hook")
      }
    } catch {
      report.cases.append(Report.Case(file: "\(files.name)/init.lua", name: "load", failure: error.message))
      return report
    }
    for path in files.tests {
      report.cases += await run(path, of: files, services)
    }
    return report
  }

  private static let budget = LuaBudget(cpu: .seconds(5), wall: .seconds(30))

  private static func run(_ path: String, of files: ScriptFiles, _ services: MemoryServices) async -> [Report.Case] {
    let file = "\(files.name)/\(path)"
    func context() -> ScriptContext {
      ScriptContext(
        .test, script: files.name, rule: nil, services: services, tests: ScriptTestSession(files: files))
    }
    func load() async throws(ScriptError) -> (LuaState, [JSONValue]) {
      do throws(LuaError) {
        let state = try LuaState(
          host: ScriptHost(files: files, services: services), limits: LuaLimits(memory: 64 << 20),
          preludes: [enginePrelude, testPrelude, sealingPrelude])
        let result = await state.call(
          "load_tests", [.value(.string(path))], budget: budget, context: context())
        switch result {
        case .failure(let failure): throw LuaError(failure.description)
        case .success(let values): return (state, values.first?.arrayValue ?? [])
        }
      } catch {
        throw ScriptError(error.message)
      }
    }
    var cases: [Report.Case] = []
    do throws(ScriptError) {
      var (state, names) = try await load()
      for (offset, name) in names.enumerated() {
        if state.isRetired { (state, _) = try await load() }
        let result = await state.call(
          "run_test", [.value(.integer(Int64(offset + 1)))], budget: budget, context: context())
        var failure: String?
        if case .failure(let reason) = result { failure = reason.description }
        cases.append(Report.Case(file: file, name: name.stringValue ?? "", failure: failure))
      }
    } catch {
      cases.append(Report.Case(file: file, name: "load", failure: error.message))
    }
    return cases
  }
}
