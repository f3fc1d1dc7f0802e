import EngineAPI
import OCI
import Testing

@testable import Engine

@Suite struct ContainerViewTests {
  @Test func durations() {
    let table: [(Int64, String)] = [
      (0, "Less than a second"), (1, "1 second"), (59, "59 seconds"), (60, "About a minute"), (120, "2 minutes"),
      (3599, "59 minutes"), (3600, "About an hour"), (7200, "2 hours"), (47 * 3600, "47 hours"),
      (48 * 3600, "2 days"), (13 * 86400, "13 days"), (14 * 86400, "2 weeks"), (60 * 86400, "2 months"),
      (730 * 86400, "2 years"),
    ]
    for (seconds, text) in table { #expect(ContainerView.humanDuration(seconds: seconds) == text) }
  }

  @Test func statusTexts() throws {
    let now = Timestamp(seconds: Sample.time.seconds + 125)
    let table = [
      "created": "Created", "failed": "Created", "starting": "Created", "running": "Up 2 minutes",
      "paused": "Up 2 minutes (Paused)", "exited": "Exited (3) 2 minutes ago",
      "restarting": "Restarting (3) 2 minutes ago", "removing": "Removal In Progress",
    ]
    for (name, text) in table { #expect(ContainerView.status(try Sample.state(name), now: now) == text) }
  }

  @Test func states() throws {
    let failed = ContainerView.state(Sample.record(state: try Sample.state("failed")))
    #expect(failed.status == "created" && failed.exitCode == 127 && failed.error == "no such file")
    let running = ContainerView.state(Sample.record(state: try Sample.state("running")))
    #expect(running.running && running.pid == 42 && running.finishedAt == "0001-01-01T00:00:00Z")
    let restarting = ContainerView.state(Sample.record(state: try Sample.state("restarting")))
    #expect(restarting.running && restarting.restarting && restarting.exitCode == 3)
  }

  @Test func summary() {
    let config = ContainerConfig(cmd: ["-c", "echo hi"], entrypoint: ["sh"])
    let summary = ContainerView.summary(Sample.record(config: config), network: NetworkSettings(), now: Sample.time)
    #expect(summary.names == ["/web"] && summary.command == "sh -c 'echo hi'" && summary.state == "created")
  }
}

@Suite struct HostDevicesTests {
  private func resolve(_ change: (inout HostConfig) -> Void) throws -> (
    devices: [RuntimeDevice], rules: [RuntimeDeviceRule]
  ) {
    var host = HostConfig()
    change(&host)
    return try HostDevices.resolve(host)
  }

  @Test func nothingAskedFor() throws {
    let (devices, rules) = try resolve { _ in }
    #expect(devices.isEmpty && rules == HostDevices.standardRules)
    #expect(rules.first == RuntimeDeviceRule(allow: false, access: "rwm"), "everything is denied first")
  }

  @Test func aDevice() throws {
    let (devices, rules) = try resolve {
      $0.devices = [DeviceMapping(pathOnHost: "/dev/null", pathInContainer: "/dev/x", cgroupPermissions: "r")]
    }
    #expect(devices.map(\.path) == ["/dev/x"] && devices.first?.major == 1 && devices.first?.minor == 3)
    #expect(rules.last == RuntimeDeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "r"))
  }

  @Test func privileged() throws {
    let (devices, rules) = try resolve { $0.privileged = true }
    #expect(rules == [RuntimeDeviceRule(allow: true, access: "rwm")])
    #expect(devices.contains { $0.path == "/dev/null" } && !devices.contains { $0.path.hasPrefix("/dev/pts/") })
  }

  @Test func rules() throws {
    let rules = try resolve { $0.deviceCgroupRules = ["c 10:200 rw", "b *:* m"] }.rules.suffix(2)
    #expect(
      Array(rules) == [
        RuntimeDeviceRule(allow: true, type: "c", major: 10, minor: 200, access: "rw"),
        RuntimeDeviceRule(allow: true, type: "b", major: nil, minor: nil, access: "m"),
      ])
  }

  @Test(arguments: ["", "c 1:3", "x 1:3 r", "c 1 r", "c a:b r", "c 1:3 q"])
  func refusedRule(_ rule: String) {
    #expect(
      refusal { _ = try resolve { $0.deviceCgroupRules = [rule] } } == "invalid device cgroup rule format: '\(rule)'")
  }

  @Test func refusedDevices() throws {
    func refused(_ path: String) -> String? {
      refusal { _ = try resolve { $0.devices = [DeviceMapping(pathOnHost: path)] } }
    }
    #expect(refused("/dev/moonpool-none")?.hasSuffix("no such file or directory") == true)
    #expect(refused("/etc/passwd")?.hasSuffix("not a device node") == true)
  }
}
