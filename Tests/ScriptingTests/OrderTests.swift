import Testing

@testable import Scripting

@Suite struct OrderTests {
  private func rules(_ name: String, _ options: String = "") -> String {
    Site.hook(name, "hook:gate('create', { id = 'r'\(options) }, function() return engine.warn('x') end)")
  }

  private func order(_ site: Site) async throws -> [String] { try await site.create().timings.map(\.hook) }

  @Test func nameThenPriorityThenConstraints() async throws {
    try await Site.with(["c": rules("c"), "a": rules("a"), "b": rules("b")]) { (site) async throws in
      #expect(try await order(site) == ["a", "b", "c"])
    }
    let settings = #"{ "hooks": { "c": { "priority": 10 }, "a": { "priority": -1 } } }"#
    try await Site.with(["c": rules("c"), "a": rules("a"), "b": rules("b")], settings: settings) {
      (site) async throws in
      #expect(try await order(site) == ["c", "b", "a"])
    }
    let hooks = ["a": rules("a", ", after = { 'b/r' }"), "b": rules("b"), "c": rules("c", ", before = 'b'")]
    try await Site.with(hooks) { (site) async throws in
      #expect(try await order(site) == ["c", "b", "a"])
    }
  }

  @Test func aCycleRefusesToLoadNamingBoth() async throws {
    try await Site.with(["a": rules("a", ", after = 'b'"), "b": rules("b", ", after = 'a'")]) { (site) async throws in
      #expect(try await order(site) == ["a"])
      let status = try #require(site.status("b"))
      #expect(status.state == .failed)
      #expect(status.reason?.contains("a/r") == true && status.reason?.contains("b/r") == true)
    }
  }

  @Test func aDuplicateIdRefusesToLoadNamingBoth() async throws {
    let text = Site.hook("a", "hook:gate('create', { id = 'x' }, print) hook:mutate('start', { id = 'x' }, print)")
    try await Site.with(["a": text]) { (site) async throws in
      let reason = try #require(site.status("a")?.reason)
      #expect(reason.contains("the id 'x' is given to a gate of create and to a mutate of start"))
    }
  }

  @Test(arguments: [
    ("hook:gate('creat', print)", "there is no event 'creat'; did you mean 'create'?"),
    ("hook:gate('exit', print)", "the event 'exit' has no gate (it has mutate, observe)"),
    ("hook:gate('create', { befor = 'x' }, print)", "did you mean 'before'"),
    ("hook:gate('create')", "a rule needs a function"),
    ("engine.hook { api = 1, name = 'b' }", "a file declares one hook"),
    ("require('nothing')", "there is no module 'nothing'"),
    ("require('../x')", "require reaches the own lib/"),
    ("x = = 1", "unexpected symbol"),
    ("engine.store.get('x')", "cannot be used while the file is loaded"),
    ("while true do end", "stopped: it"),
  ]) func whatIsWrongIsSaidAtLoad(_ line: String, _ message: String) async throws {
    try await Site.with(["a": Site.hook("a", line)]) { (site) async throws in
      let status = try #require(site.status("a"))
      #expect(status.state == .failed)
      #expect(status.reason?.contains(message) == true, "\(status.reason ?? "")")
    }
  }
}
