import JSON
import OCI
import Testing

@Suite struct ImageConfigurationTests {
  static let diffID = "sha256:" + String(repeating: "c", count: 64)

  @Test func readsDockersExtras() throws {
    let text = """
      {"architecture":"amd64","os":"linux","config":{"Hostname":"","User":"nobody","Env":["PATH=/bin"],"Cmd":["sh"],
       "ExposedPorts":{"80/tcp":{}},"Volumes":{"/data":{}},"WorkingDir":"/w","Entrypoint":null,"OnBuild":["RUN x"],
       "Labels":{"a":"b"},"StopSignal":"SIGQUIT","Shell":["/bin/sh","-c"],
       "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":30000000000,"Retries":3}},
       "created":"2024-01-01T00:00:00Z","history":[{"created_by":"ADD x","empty_layer":true}],
       "rootfs":{"type":"layers","diff_ids":["\(Self.diffID)"]},"future":1}
      """
    let configuration = try ImageConfiguration.decode(Array(text.utf8))
    #expect(configuration.platform.description == "linux/amd64")
    #expect(configuration.config?.exposedPorts?.keys.sorted() == ["80/tcp"])
    #expect(configuration.config?.entrypoint == nil)
    #expect(configuration.config?.healthcheck?.interval == 30_000_000_000)
    #expect(configuration.config?.stopSignal == "SIGQUIT")
    #expect(configuration.history?.first?.emptyLayer == true)
    #expect(configuration.rootfs.diffIDs.map(\.description) == [Self.diffID])
    let again = try ImageConfiguration.decode(configuration.encoded())
    #expect(again == configuration)
    #expect(try JSON.parse(configuration.encoded())["config"]?["Volumes"]?["/data"] == [:])
  }

  @Test(arguments: ["{}", "[]", "{\"architecture\":1,\"os\":\"linux\",\"rootfs\":{}}"])
  func refusesMalformed(text: String) {
    #expect(throws: ManifestError.self) { try ImageConfiguration.decode(Array(text.utf8)) }
  }
}
