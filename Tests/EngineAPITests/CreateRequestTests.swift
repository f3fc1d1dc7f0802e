import EngineAPI
import JSON
import Testing

@Suite struct CreateRequestTests {
  /// What `docker run -p 8080:80 -v /srv:/srv:ro alpine true` of Docker 28 sends, shortened in its zero values.
  static let dockerRun = """
    {"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,
    "ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":["true"],
    "Image":"alpine","Volumes":{},"WorkingDir":"","Entrypoint":null,"Labels":{},
    "HostConfig":{"Binds":["/srv:/srv:ro"],"ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},
    "NetworkMode":"default","PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},
    "RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumesFrom":null,"ConsoleSize":[24,80],
    "CapAdd":null,"Memory":0,"PidsLimit":0,"MemorySwappiness":-1,"OomKillDisable":false,"MaskedPaths":null},
    "NetworkingConfig":{"EndpointsConfig":{"default":null}}}
    """

  @Test func decodesWhatDockerSends() throws {
    let request = try JSON.decode(ContainerCreateRequest.self, from: Array(Self.dockerRun.utf8))
    #expect(request.config.image == "alpine")
    #expect(request.config.cmd == ["true"])
    #expect(request.config.env == nil)
    #expect(request.config.exposedPorts == ["80/tcp"])
    #expect(request.hostConfig.binds == ["/srv:/srv:ro"])
    #expect(request.hostConfig.portBindings == ["80/tcp": [PortBinding(hostIp: "", hostPort: "8080")]])
    #expect(request.hostConfig.consoleSize == [24, 80])
    #expect(request.networkingConfig.endpointsConfig == ["default": EndpointSettings()])
  }

  @Test func survivesARoundTrip() throws {
    let request = try JSON.decode(ContainerCreateRequest.self, from: Array(Self.dockerRun.utf8))
    let again = try JSON.decode(ContainerCreateRequest.self, from: JSON.encode(request))
    #expect(again == request)
  }

  @Test(arguments: [
    (#"{"Cmd": "true"}"#, ["true"]), (#"{"Cmd": ["sh", "-c", "x"]}"#, ["sh", "-c", "x"]), (#"{"Cmd": null}"#, nil),
    (#"{"Cmd": []}"#, []), ("{}", nil),
  ])
  func commandMayBeTextOrList(body: String, command: [String]?) throws {
    #expect(try JSON.decode(ContainerCreateRequest.self, from: Array(body.utf8)).config.cmd == command)
  }

  @Test(arguments: [
    (#"{"Env": "A=1"}"#, "Env"), (#"{"HostConfig": {"Memory": "1g"}}"#, "HostConfig.Memory"),
    (#"{"HostConfig": {"Binds": [1]}}"#, "HostConfig.Binds"), (#"{"Image": 3}"#, "Image"),
    (#"{"HostConfig": {"Privileged": 1}}"#, "HostConfig.Privileged"),
  ])
  func wrongTypesNameTheField(body: String, field: String) throws {
    let error = try #require(throws: JSONError.self) {
      _ = try JSON.decode(ContainerCreateRequest.self, from: Array(body.utf8))
    }
    #expect("\(error)".contains(field))
  }

  @Test(arguments: [
    #"{"image": "alpine"}"#, #"{"Image": "a", "IMAGE": "b"}"#, #"{"HostConfig": {"privileged": true}}"#,
    #"{"hostconfig": {}}"#, #"{"HostConfig": {"Mounts": [{"target": "/x"}]}}"#,
  ])
  func caseVariantsAreRefused(body: String) throws {
    #expect(throws: JSONError.self) { _ = try JSON.decode(ContainerCreateRequest.self, from: Array(body.utf8)) }
  }

  @Test func unknownKeysAreIgnored() throws {
    let body = #"{"Image": "a", "FromTheFuture": {"x": 1}, "HostConfig": {"Tomorrow": 1}}"#
    #expect(try JSON.decode(ContainerCreateRequest.self, from: Array(body.utf8)).config.image == "a")
  }
}

@Suite struct EncodingTests {
  @Test func nilListsAreNullAndOmittedFieldsAreAbsent() throws {
    let value = try JSON.value(of: HostConfig().filled())
    #expect(value["Binds"]?.isNull == true)
    #expect(value["Memory"] == 0)
    #expect(value["PidsLimit"]?.isNull == true)
    #expect(value["Init"] == nil)
    #expect(value["Sysctls"] == nil)
    #expect(value["RestartPolicy"] == ["Name": "no", "MaximumRetryCount": 0])
  }

  @Test func inspectHasTheKeysThatClientsRead() throws {
    let value = try JSON.value(of: ContainerInspect(id: "x", networkSettings: NetworkSettings(ports: ["80/tcp": nil])))
    #expect(value["Mounts"] == [])
    #expect(value["ExecIDs"]?.isNull == true)
    #expect(value["State"]?["Health"] == nil)
    #expect(value["State"]?["StartedAt"] == "0001-01-01T00:00:00Z")
    #expect(value["Config"]?["Entrypoint"]?.isNull == true)
    #expect(value["NetworkSettings"]?["Ports"]?["80/tcp"]?.isNull == true)
    #expect(value["NetworkSettings"]?["SecondaryIPAddresses"]?.isNull == true)
  }

  @Test func createResponseAlwaysHasWarnings() throws {
    #expect(try JSON.value(of: ContainerCreateResponse(id: "a")) == ["Id": "a", "Warnings": []])
  }

  @Test func progressLinesAreShort() throws {
    let line = JSONMessage(status: "Pulling", progressDetail: JSONProgress(), id: "a1")
    #expect(
      String(decoding: try JSON.encode(line), as: UTF8.self) == #"{"status":"Pulling","progressDetail":{},"id":"a1"}"#)
  }

  @Test func listsFromDockerMayBeNull() throws {
    let body =
      #"{"Id":"a","Names":null,"Ports":null,"Labels":null,"Mounts":null,"NetworkSettings":null,"HostConfig":{}}"#
    let summary = try JSON.decode(ContainerSummary.self, from: Array(body.utf8))
    #expect(summary == ContainerSummary(id: "a"))
  }
}
