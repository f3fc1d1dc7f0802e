import EngineAPI
import Glibc
import JSON
import LinuxSystem
import OCI
import TestSupport
import Testing

@testable import Engine

/// The runtime spec for what a client asks, against files; `MOONPOOL_UPDATE=1` writes them anew.
@Suite struct SpecBuilderTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var change: @Sendable (inout SpecInput) -> Void
    var testDescription: String { name }
  }

  static let cases: [Case] = [
    Case(name: "default") { _ in },
    Case(name: "privileged") { input in
      input.record.hostConfig.privileged = true
      input.deviceRules = [RuntimeDeviceRule(allow: true, access: "rwm")]
    },
    Case(name: "capabilities") { input in
      input.record.hostConfig.capAdd = ["NET_ADMIN", "cap_sys_ptrace"]
      input.record.hostConfig.capDrop = ["MKNOD"]
    },
    Case(name: "capabilities-drop-all") { input in
      input.record.hostConfig.capAdd = ["CHOWN"]
      input.record.hostConfig.capDrop = ["ALL"]
    },
    Case(name: "read-only") { $0.record.hostConfig.readonlyRootfs = true },
    Case(name: "mounts") { input in
      let tmpfs = MountRecord(
        kind: .tmpfs, name: nil, source: "", destination: "/data/tmp", driver: nil, mode: "exec,size=64m",
        readOnly: false, propagation: "", anonymous: false, copyUp: false, nonRecursive: false, createSource: false,
        subpath: nil, tmpfsOptions: "exec,size=64m")
      let bind = MountRecord(
        kind: .bind, name: nil, source: "/srv", destination: "/data", driver: nil, mode: "ro", readOnly: true,
        propagation: "rslave", anonymous: false, copyUp: false, nonRecursive: false, createSource: true, subpath: nil,
        tmpfsOptions: "")
      input.mounts = [tmpfs, bind].map(SpecMounts.runtimeMount)
      input.mounts.append(RuntimeMount(destination: "/dev/shm", type: "tmpfs", source: "tmpfs", options: ["size=1m"]))
    },
    Case(name: "limits") { input in
      input.record.hostConfig.memory = 64 << 20
      input.record.hostConfig.nanoCPUs = 1_500_000_000
      input.record.hostConfig.pidsLimit = 100
      input.record.hostConfig.cpusetCpus = "0"
      input.record.hostConfig.ulimits = [
        Ulimit(name: "nofile", hard: 2048, soft: 1024), Ulimit(name: "core", hard: -1, soft: -1),
      ]
      input.defaultUlimits = [Ulimit(name: "nofile", hard: 1, soft: 1), Ulimit(name: "nproc", hard: 9, soft: 8)]
      input.record.hostConfig.oomScoreAdj = 500
    },
    Case(name: "host-network") { $0.record.hostConfig.networkMode = "host" },
    Case(name: "container-network") { input in
      input.record.hostConfig.networkMode = "container:other"
      input.joined = [.network: "/proc/77/ns/net"]
    },
    Case(name: "user") { input in
      input.user.uid = 1000
      input.user.gid = 1000
      input.user.supplementaryGroups = [1000, 27]
      input.user.home = "/home/ann"
      input.record.hostConfig.capAdd = ["NET_ADMIN"]
    },
    Case(name: "tty") { input in
      input.record.config.tty = true
      input.record.config.env = ["LANG=C", "GONE", "HOME=/elsewhere"]
      input.record.config.workingDir = "/work"
      input.record.config.entrypoint = ["/entry", "--flag"]
    },
    Case(name: "security") { input in
      input.record.hostConfig.securityOpt = ["no-new-privileges", "systempaths=unconfined", "apparmor=mine"]
      input.record.hostConfig.sysctls = ["net.ipv4.ip_unprivileged_port_start": "1024", "kernel.msgmax": "65536"]
      input.apparmorProfile = "moonpool-default"
    },
  ]

  private static func input() throws -> SpecInput {
    var input = SpecInput(
      record: Sample.record(), hostName: "abababababab",
      user: try UserLookup(passwd: Array("root:x:0:0::/root:/bin/sh\n".utf8), group: []).resolve(
        "", additionalGroups: []), mounts: [],
      cgroupsPath: "/moonpool/abab", joined: [:], devices: [], deviceRules: HostDevices.standardRules,
      apparmorProfile: nil, defaultShmSize: 64 << 20, defaultUlimits: [], hostCapabilities: [])
    input.hostCapabilities =
      SpecDefaults.capabilities + ["CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"]
    return input
  }

  @Test(arguments: cases)
  func golden(_ example: Case) throws {
    var input = try Self.input()
    example.change(&input)
    let spec = try SpecBuilder.build(input)
    let value = try JSON.value(of: spec)
    #expect(try JSON.decode(RuntimeSpec.self, from: JSON.write(value)) == spec, "as a bundle's config.json")
    #expect(try JSON.decode(RuntimeSpec.self, from: CBOR.decode(CBOR.encode(value))) == spec, "as the shim gets it")
    let text = String(decoding: JSON.write(value, pretty: true, sortedKeys: true), as: UTF8.self) + "\n"
    let path = "\(Checkout.path)/Tests/EngineTests/Golden/\(example.name).json"
    if getenv("MOONPOOL_UPDATE") != nil {
      try File.replace(path, with: Array(text.utf8), durability: .process)
    }
    let wanted = String(decoding: try File.read(path), as: UTF8.self)
    #expect(text == wanted, "MOONPOOL_UPDATE=1 writes \(path) anew")
  }

  @Test func noCommand() throws {
    var input = try Self.input()
    input.record.config.cmd = []
    #expect(throws: EngineError.self) { try SpecBuilder.build(input) }
  }

  @Test func environmentOrder() {
    #expect(
      SpecBuilder.environment(stated: ["A=1", "PATH=/x", "B=2"], hostName: "h", terminal: true, home: "/root")
        == ["HOSTNAME=h", "TERM=xterm", "A=1", "PATH=/x", "B=2", "HOME=/root"])
    #expect(
      SpecBuilder.environment(stated: ["HOME"], hostName: "h", terminal: false, home: "/root")
        == ["PATH=\(SpecDefaults.path)", "HOSTNAME=h"], "a name alone asks for its absence")
  }

  @Test func unknownCapability() {
    #expect { try SpecCapabilities.normalize("FLY", all: SpecDefaults.capabilities) } throws: {
      ($0 as? EngineError)?.message.contains("invalid capability: \"FLY\"") == true
    }
  }
}
