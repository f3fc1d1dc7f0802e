import EngineAPI
import OCI
import ShimProtocol
import Testing

@testable import Engine

/// The words a client reads when `body` is refused.
func refusal(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return (error as? EngineError)?.message ?? "not an engine error: \(error)"
  }
}

@Suite struct ImageDefaultsTests {
  private var image: ImageConfiguration.Process {
    var image = ImageConfiguration.Process()
    image.entrypoint = ["/entry"]
    image.cmd = ["serve"]
    image.env = ["PATH=/bin", "A=image"]
    image.user = "www"
    image.workingDir = "/srv"
    image.labels = ["a": "image", "b": "image"]
    image.stopSignal = "SIGQUIT"
    return image
  }

  @Test func fillsWhatIsNotStated() {
    let config = ImageDefaults.merge(image, into: ContainerConfig())
    #expect(config.entrypoint == ["/entry"] && config.cmd == ["serve"])
    #expect(config.user == "www" && config.workingDir == "/srv" && config.stopSignal == "SIGQUIT")
    #expect(config.env == ["PATH=/bin", "A=image"])
  }

  @Test func whatIsStatedStays() {
    let request = ContainerConfig(
      user: "root", env: ["A=mine", "B=2"], cmd: ["other"], labels: ["a": "mine"], stopSignal: "SIGINT")
    let config = ImageDefaults.merge(image, into: request)
    #expect(config.entrypoint == ["/entry"] && config.cmd == ["other"])
    #expect(config.user == "root" && config.stopSignal == "SIGINT")
    #expect(config.env == ["PATH=/bin", "A=mine", "B=2"])
    #expect(config.labels == ["a": "mine", "b": "image"])
  }

  @Test func anotherEntrypointDropsTheCommand() {
    let config = ImageDefaults.merge(image, into: ContainerConfig(entrypoint: ["/mine"]))
    #expect(config.entrypoint == ["/mine"] && config.cmd == nil)
    let none = ImageDefaults.merge(image, into: ContainerConfig(cmd: ["x"], entrypoint: [""]))
    #expect(none.entrypoint == nil && none.cmd == ["x"])
  }
}

@Suite struct MountResolverTests {
  private func resolve(
    config: ContainerConfig = ContainerConfig(), inherited: [(mounts: [MountRecord], mode: String)] = [],
    _ change: (inout HostConfig) -> Void
  ) throws -> [MountRecord] {
    var host = HostConfig()
    change(&host)
    return try MountResolver(config: config, host: host, inherited: inherited).resolve()
  }

  @Test func binds() throws {
    let mounts = try resolve { $0.binds = ["/srv:/a:ro", "data:/b:nocopy", "/c:/c"] }
    #expect(mounts.map(\.destination) == ["/a", "/b", "/c"])
    #expect(mounts.map(\.kind) == [.bind, .volume, .bind])
    #expect(mounts[0].readOnly && mounts[0].source == "/srv" && mounts[0].createSource)
    #expect(mounts[1].name == "data" && !mounts[1].copyUp && !mounts[1].anonymous && mounts[1].driver == "local")
  }

  @Test func anonymousVolumes() throws {
    let config = ContainerConfig(volumes: ["/a", "/b/"])
    let mounts = try resolve(config: config) { $0.binds = ["/srv:/a"] }
    #expect(mounts.map(\.destination) == ["/a", "/b"])
    #expect(mounts[0].kind == .bind, "what is asked for goes before what the image says")
    #expect(mounts[1].anonymous && mounts[1].copyUp && mounts[1].name?.count == 64)
  }

  @Test func mountsOfTheLongForm() throws {
    let mounts = try resolve {
      $0.mounts = [
        Mount(type: "tmpfs", target: "/t", tmpfsOptions: TmpfsOptions(sizeBytes: 1024, mode: 0o700)),
        Mount(type: "bind", source: "/srv", target: "/s", readOnly: true),
        Mount(type: "volume", source: "v", target: "/v", volumeOptions: VolumeOptions(noCopy: true)),
      ]
    }
    #expect(mounts.map(\.destination) == ["/s", "/t", "/v"])
    #expect(!mounts[0].createSource && mounts[0].readOnly)
    #expect(mounts[1].tmpfsOptions == "size=1024,mode=700")
    #expect(!mounts[2].copyUp)
  }

  @Test func inheritedOnesLoseAgainstOnesOwn() throws {
    let theirs = try resolve { $0.binds = ["data1:/a", "data2:/b"] }
    let mounts = try resolve(inherited: [(theirs, "ro")]) { $0.binds = ["/srv:/a"] }
    #expect(mounts.map(\.kind) == [.bind, .volume])
    #expect(mounts[1].name == "data2" && mounts[1].readOnly)
  }

  @Test func refusals() {
    #expect(
      refusal { _ = try resolve { $0.binds = ["/a:/x", "/b:/x"] } } == "Duplicate mount point: /x")
    #expect(refusal { _ = try resolve { $0.mounts = [Mount(type: "npipe", source: "/a", target: "/x")] } } != nil)
    #expect(
      refusal { _ = try resolve(config: ContainerConfig(volumes: ["data"])) { _ in } }?.contains("absolute") == true)
  }
}

@Suite struct RequestValidationTests {
  private func refused(_ config: ContainerConfig = ContainerConfig(), _ change: (inout HostConfig) -> Void = { _ in })
    -> String?
  {
    var host = HostConfig()
    change(&host)
    return refusal { _ = try RequestValidation.validate(config, host) }
  }

  @Test func nothingIsWrongWithNothing() { #expect(refused() == nil) }

  @Test func dockersWords() {
    #expect(refused { $0.memory = 1024 } == "Minimum memory limit allowed is 6MB")
    #expect(
      refused {
        $0.memory = 64 << 20
        $0.memorySwap = 32 << 20
      } == "Minimum memoryswap limit should be larger than memory limit, see usage")
    #expect(
      refused { $0.memorySwap = 32 << 20 }
        == "You should always set the Memory limit when using Memoryswap limit, see usage")
    #expect(
      refused {
        $0.autoRemove = true
        $0.restartPolicy = RestartPolicy(name: "always")
      } == "can't create 'AutoRemove' container with restart policy")
    #expect(
      refused(ContainerConfig(workingDir: "srv"))
        == "the working directory 'srv' is invalid, it needs to be an absolute path")
    #expect(refused(ContainerConfig(env: ["=x"])) == "invalid environment variable: =x")
    #expect(refused { $0.oomScoreAdj = 2000 } == "Invalid value 2000, range for oom score adj is [-1000, 1000]")
    #expect(
      refused {
        $0.nanoCPUs = 1_000_000
        $0.cpuPeriod = 1000
      } == "Conflicting options: Nano CPUs and CPU Period cannot both be set")
    #expect(refused { $0.nanoCPUs = .max }?.hasPrefix("range of CPUs is from 0.01 to ") == true)
    #expect(refused { $0.runtime = "kata" } == "unknown or invalid runtime name: kata")
    #expect(
      refused { $0.sysctls = ["kernel.panic": "1"] }
        == "sysctl \"kernel.panic\" is not in a separate kernel namespace and cannot be set for a container")
    #expect(refused { $0.capAdd = ["FLY"] }?.contains("invalid capability: \"FLY\"") == true)
    #expect(refused { $0.memorySwap = -1 } == nil)
  }

  @Test func warnings() throws {
    var host = HostConfig()
    host.oomKillDisable = true
    #expect(try RequestValidation.validate(ContainerConfig(), host).count == 1)
  }
}

@Suite struct SecurityOptionsTests {
  @Test func options() throws {
    let options = try SecurityOptions(["no-new-privileges:true", "seccomp=unconfined", "apparmor=p", "label=disable"])
    #expect(options.noNewPrivileges && options.seccomp == .unconfined && options.apparmor == "p")
    #expect(try SecurityOptions(["seccomp={}"]).seccomp == .profile("{}"))
    #expect(try SecurityOptions(["seccomp=builtin"]) == SecurityOptions([]))
    #expect(try SecurityOptions(["no-new-privileges=false"]).noNewPrivileges == false)
  }

  @Test(arguments: ["x", "foo=bar", "no-new-privileges=maybe", "label=type:x", "systempaths=x"])
  func refused(_ option: String) {
    #expect(refusal { _ = try SecurityOptions([option]) }?.contains(option) == true)
  }
}

@Suite struct ContainerNamesTests {
  @Test func namesAreFreeAndWellFormed() {
    for _ in 0..<50 {
      let name = ContainerNames.make { _ in false }
      #expect(name.split(separator: "_").count == 2 && name.utf8.allSatisfy { $0 == 95 || 97...122 ~= $0 })
    }
    var asked = 0
    let name = ContainerNames.make { _ in
      asked += 1
      return asked <= 10
    }
    #expect(asked == 11 && name.utf8.last.map { 48...57 ~= $0 } == true, "a number is added: \(name)")
  }
}

@Suite struct LogConfigurationTests {
  private func spec(_ type: String, _ options: [String: String] = [:]) throws -> LogSpecView {
    var host = HostConfig()
    host.logConfig = LogConfig(type: type, config: options)
    let config = ContainerConfig(env: ["A=1=2", "AB=3"], cmd: ["x"], labels: ["tier": "web"])
    let spec = try LogConfiguration.spec(Sample.record(config: config, host: host), path: "/log")
    return LogSpecView(
      maxSize: spec.maxSize, maxFiles: spec.maxFiles, attributes: spec.attributes, none: spec.kind == .none)
  }
  private struct LogSpecView {
    var maxSize: Int64?
    var maxFiles: Int
    var attributes: [String: String]
    var none: Bool
  }

  @Test func sizes() throws {
    let plain = try spec("json-file")
    #expect(plain.maxSize == nil && plain.maxFiles == 1 && !plain.none)
    let local = try spec("local")
    #expect(local.maxSize == 20 << 20 && local.maxFiles == 5)
    let set = try spec("", ["max-size": "10m", "max-file": "3"])
    #expect(set.maxSize == 10 << 20 && set.maxFiles == 3)
    #expect(try spec("json-file", ["max-size": "0"]).maxSize == nil)
    #expect(try spec("none").none)
  }

  @Test func attributes() throws {
    #expect(
      try spec("json-file", ["labels": "tier,no", "env": "A", "tag": "{{.Name}}/{{.ID}}"]).attributes
        == ["tier": "web", "A": "1=2", "tag": "web/abababababab"])
  }

  @Test func refusals() {
    #expect(refusal { _ = try spec("syslog") }?.contains("plugin \"syslog\" not found") == true)
    func validate(_ options: [String: String]) -> String? {
      refusal { try LogConfiguration.validate(LogConfig(type: "json-file", config: options)) }
    }
    #expect(validate(["colour": "red"]) == "unknown log opt 'colour' for json-file log driver")
    #expect(validate(["max-size": "big"]) == "invalid value for max-size: 'big'")
    #expect(validate(["max-file": "0"]) == "max-file cannot be less than 1: '0'")
    #expect(validate(["max-size": "1m"]) == nil)
  }
}
