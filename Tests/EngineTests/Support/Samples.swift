import EngineAPI
import ShimProtocol

@testable import Engine

/// Values that tests start from.
enum Sample {
  static let time = Timestamp(seconds: 1_700_000_000)

  static func record(
    id: String = String(repeating: "ab", count: 32), name: String = "web",
    config: ContainerConfig = ContainerConfig(cmd: ["true"], image: "busybox"), host: HostConfig = HostConfig(),
    mounts: [MountRecord] = [], state: RunState = .created(.init(failure: nil))
  ) -> ContainerRecord {
    ContainerRecord(
      id: id, name: name, created: time, owner: Caller(uid: 0, gid: 0), config: config, hostConfig: host,
      networks: [:], image: "sha256:" + String(repeating: "cd", count: 32), imageReference: "busybox:latest",
      platform: "linux", mounts: mounts, state: state, restartCount: 0, stoppedByUser: false, changes: [],
      eventSeq: 0, lastEvent: nil)
  }

  static let exit = RunState.Exited(
    code: 3, signal: nil, oomKilled: false, startedAt: time, finishedAt: Timestamp(seconds: time.seconds + 5),
    error: "")
  static let status = ExitStatus(
    code: 137, signal: 9, oomKilled: true, startedAt: time.nanosecondsSince1970,
    finishedAt: time.nanosecondsSince1970 + 7)

  /// One state of every kind, by a name for the tables of tests.
  static let states: [(name: String, state: RunState)] = [
    ("created", .created(.init(failure: nil))),
    ("failed", .created(.init(failure: .init(exitCode: 127, message: "no such file")))),
    ("starting", .starting(.init(since: time, previous: nil))),
    ("starting again", .starting(.init(since: time, previous: exit))),
    ("running", running(paused: false)),
    ("paused", running(paused: true)),
    ("exited", .exited(exit)),
    ("restarting", .restarting(.init(exit: exit, at: time))),
    ("removing", .removing(.init(exit: nil, volumes: false))),
  ]

  static func state(_ name: String) throws -> RunState {
    struct Unknown: Error {}
    guard let found = states.first(where: { $0.name == name }) else { throw Unknown() }
    return found.state
  }

  static func running(paused: Bool) -> RunState {
    .running(
      .init(
        pid: 42, startTime: 7, startedAt: time, paused: paused, previousFinish: nil, stopRequested: false))
  }
}
