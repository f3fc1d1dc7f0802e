import Drivers
import Glibc
import JSON
import LinuxSystem
import Logging
import Plans
import Testing

@testable import Scripting

@Suite struct DriverTests {
  private static let bridge = """
    local driver = engine.driver { api = 1, kind = "network", name = "mini", version = "1.0",
      options = { mtu = { type = "integer", default = 1500, min = 68 }, bridge = { type = "string", required = true } } }
    function driver.create(network)
      if network.name == "bad" then return nil, { code = "conflict", message = "there is one already" } end
      if network.name == "text" then return nil, "cannot" end
      if network.name == "nothing" then return end
      if network.name == "loop" then while true do pcall(function() while true do end end) end end
      if network.name == "wrong" then return { steps = { { lnk = "x" } } } end
      if network.name == "acts" then engine.store.set("a", 1) end
      return { steps = {} }
    end
    function driver.attach(endpoint)
      local o = endpoint.network.options
      local port = "mp" .. endpoint.id:sub(1, 10)
      return { steps = {
          { link = port, kind = "veth", peer = endpoint.interface, peer_site = "netns", mtu = o.mtu, master = o.bridge },
          { address = endpoint.address, link = endpoint.interface, site = "netns" },
          { route = "default", via = endpoint.gateway, site = "netns" } },
        result = { dns = { servers = { endpoint.gateway } } } }
    end
    return driver
    """

  private let facts = Facts(daemon: "test", root: "/var/lib/test")

  private func network(_ name: String, _ options: JSONObject = ["bridge": "br0"]) -> NetworkRequest {
    NetworkRequest(id: String(repeating: "a", count: 64), name: name, options: options, facts: facts)
  }

  private func load(_ text: String = bridge) async throws -> LuaDriver {
    try await LuaDriver.load(
      ScriptFiles(name: "mini", origin: "", texts: ["init.lua": text]), kind: .network, services: MemoryServices())
  }

  @Test func aDriverReturnsAPlan() async throws {
    guard case .network(let driver) = try await load().driver else {
      Issue.record("no network driver")
      return
    }
    let endpoint = EndpointRequest(
      id: String(repeating: "b", count: 64), interface: "eth0", address: "10.1.0.2/24", gateway: "10.1.0.1", mac: nil,
      network: network("n", ["bridge": "br7", "mtu": "1400"]),
      container: ContainerSummary(id: String(repeating: "c", count: 64), name: "web"))
    let plan = try await driver.attach(endpoint)
    #expect(plan.steps.count == 3)
    #expect(plan.json["steps"]?[0]?["mtu"] == 1400)
    #expect(plan.json["steps"]?[0]?["master"] == "br7")
    #expect(plan.result == ["dns": ["servers": ["10.1.0.1"]]])
    #expect(try await driver.create(network("n")).steps.isEmpty)
  }

  @Test(arguments: [
    ("bad", DriverError.Code.conflict, "there is one already"), ("text", .invalid, "cannot"),
    ("nothing", .failed, "returned nothing"), ("loop", .failed, "stopped: it"), ("wrong", .failed, "no valid plan"),
    ("acts", .failed, "cannot be used in a driver that returns plans"),
  ]) func whatGoesWrongIsADriverError(_ name: String, _ code: DriverError.Code, _ message: String) async throws {
    guard case .network(let driver) = try await load().driver else { return }
    let error = await #expect(throws: DriverError.self) { _ = try await driver.create(network(name)) }
    #expect(error?.code == code)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.driver == "network/mini")
    #expect(try await driver.create(network("n")).steps.isEmpty)
  }

  @Test(
    arguments: [
      (["mtu": "1400"], "the setting 'bridge' is required"), (["bridge": "b", "mtu": "lots"], "expected an integer"),
      (["bridge": "b", "mtu": "1"], "below the minimum"), (["bridge": "b", "mut": "1"], "did you mean 'mtu'"),
    ] as [(JSONObject, String)]) func optionsAreTyped(_ options: JSONObject, _ message: String) async throws
  {
    guard case .network(let driver) = try await load().driver else { return }
    let error = await #expect(throws: DriverError.self) { _ = try await driver.create(network("n", options)) }
    #expect(error?.code == .invalid)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("function driver.create() end", "function driver.atach() end", "did you mean 'attach'"),
    ("", "function driver.create() end", "needs driver.attach"),
  ]) func functionsAreChecked(_ first: String, _ second: String, _ message: String) async throws {
    let text =
      "local driver = engine.driver { api = 1, kind = 'network', name = 'mini' }\n\(first)\n\(second)\nreturn driver"
    let error = await #expect(throws: ScriptError.self) { _ = try await load(text) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func theSitesFolderAddsToTheShippedAndIsLive() async throws {
    let root = "/tmp/moonpool-test-plugins-\(UInt64.random(in: 0 ... .max))"
    defer { try? Directory.removeAll(root) }
    func write(_ path: String, _ text: String) throws {
      let full = "\(root)/\(path)"
      try Directory.makeAll(full.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }, mode: 0o700)
      try File.replace(full, with: Array(text.utf8))
    }
    func driver(_ name: String, _ version: String) -> String {
      """
      local driver = engine.driver { api = 1, kind = "volume", name = "\(name)", version = "\(version)" }
      function driver.create() return { steps = {} } end
      function driver.mount() return { steps = {} } end
      return driver
      """
    }
    try write("shipped/volume/local/init.lua", driver("local", "1"))
    try Directory.makeAll("\(root)/site", mode: 0o700)
    let registry = DriverRegistry()
    let loader = DriverLoader(
      shipped: "\(root)/shipped", site: "\(root)/site", registry: registry, services: MemoryServices(),
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    await loader.start()
    defer { loader.stop() }
    #expect(registry.names(.volume) == ["local"])

    func wait(_ condition: () -> Bool) async throws {
      for _ in 0..<1500 where !condition() { try await Task.sleep(for: .milliseconds(20)) }
      #expect(condition())
    }
    try write("site/volume/nfs/init.lua", driver("nfs", "1"))
    try await wait { registry.names(.volume) == ["local", "nfs"] }
    try write("site/volume/local/init.lua", driver("local", "2"))
    try await wait { registry.find(.volume, "local")?.version == "2" }
    try write("site/volume/local/init.lua", "broken(")
    try await wait { loader.status.contains { $0.reason?.contains("volume/local") == true || $0.reason != nil } }
    #expect(registry.find(.volume, "local")?.version == "2")
  }

  /// `hooks/engine.d.lua` is what the table says; MOONPOOL_UPDATE=1 writes it anew.
  @Test func theStubInTheHooksFolderIsCurrent() throws {
    let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/hooks/engine.d.lua"
    if getenv("MOONPOOL_UPDATE") != nil {
      try File.replace(path, with: Array(EventDocumentation.editorStub().utf8), mode: 0o644)
    }
    #expect(try File.readText(path) == EventDocumentation.editorStub())
  }

  /// `docs/events.md` is what the table says; MOONPOOL_UPDATE=1 writes it anew.
  @Test func theReferencePageInTheDocsIsCurrent() throws {
    let path = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/docs/events.md"
    if getenv("MOONPOOL_UPDATE") != nil {
      try File.replace(path, with: Array(EventDocumentation.referencePage().utf8), mode: 0o644)
    }
    #expect(try File.readText(path) == EventDocumentation.referencePage())
  }

  @Test func theStubNamesEveryEvent() {
    let stub = EventDocumentation.editorStub()
    let page = EventDocumentation.referencePage()
    for event in EventDefinition.all {
      #expect(stub.contains("event: \"\(event.name.rawValue)\""))
      #expect(page.contains("## \(event.name.rawValue)\n"))
    }
    #expect(stub.contains("---@field PidsLimit integer|nil"))
    #expect(stub.contains("---@field HostConfig HostConfig"))
  }
}
