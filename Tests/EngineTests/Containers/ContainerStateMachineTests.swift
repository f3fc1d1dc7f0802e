import EngineAPI
import ShimProtocol
import Testing

@testable import Engine

@Suite struct ContainerStateMachineTests {
  typealias Machine = ContainerStateMachine

  enum Expected {
    case to(String, [Machine.Action])
    case refused(Machine.Refusal.Reason)
  }

  private static let start = Machine.Input.startRequested(at: Sample.time)
  private static let started = Machine.Input.started(pid: 42, startTime: 7, at: Sample.time)
  private static let failed = Machine.Input.startFailed(.init(exitCode: 127, message: "no such file"))
  private static let exited = Machine.Input.exited(Sample.status, restart: nil)
  private static let exitedAgain = Machine.Input.exited(Sample.status, restart: .milliseconds(100))
  private static let remove = Machine.Input.removeRequested(force: false, volumes: true)
  private static let force = Machine.Input.removeRequested(force: true, volumes: true)
  private static let ended: [Machine.Action] = [
    .releaseNetwork, .record(event: "die"), .acknowledgeShim, .resolveWaiters,
  ]
  private static let notStarted: [Machine.Action] = [
    .releaseNetwork, .record(event: nil), .acknowledgeShim, .resolveWaiters,
  ]

  /// Every input in every state, without `--rm`.
  private static let table: [(input: Machine.Input, outcomes: [String: Expected])] = [
    (
      start,
      [
        "created": .to("created", [.record(event: nil), .launch]),
        "failed": .to("created", [.record(event: nil), .launch]),
        "starting": .refused(.alreadyRunning), "starting again": .refused(.alreadyRunning),
        "running": .refused(.alreadyRunning), "paused": .refused(.alreadyRunning),
        "exited": .to("created", [.record(event: nil), .launch]),
        "restarting": .to("created", [.cancelRestart, .record(event: nil), .launch]),
        "removing": .refused(.removing),
      ]
    ),
    (
      started,
      [
        "created": .to("created", []), "failed": .to("created", []),
        "starting": .to("running", [.record(event: "start"), .confirmStart]),
        "starting again": .to("running", [.record(event: "start"), .confirmStart]),
        "running": .to("running", []), "paused": .to("paused", []), "exited": .to("exited", []),
        "restarting": .to("restarting", []), "removing": .to("removing", []),
      ]
    ),
    (
      failed,
      [
        "created": .to("created", []), "failed": .to("created", []),
        "starting": .to("created", notStarted), "starting again": .to("exited", notStarted),
        "running": .to("running", []), "paused": .to("paused", []), "exited": .to("exited", []),
        "restarting": .to("restarting", []), "removing": .to("removing", []),
      ]
    ),
    (
      exited,
      [
        "created": .to("created", [.acknowledgeShim]), "failed": .to("created", [.acknowledgeShim]),
        "starting": .to("exited", ended), "starting again": .to("exited", ended), "running": .to("exited", ended),
        "paused": .to("exited", ended), "exited": .to("exited", [.acknowledgeShim]),
        "restarting": .to("restarting", [.acknowledgeShim]), "removing": .to("removing", ended),
      ]
    ),
    (
      exitedAgain,
      [
        "created": .to("created", [.acknowledgeShim]), "failed": .to("created", [.acknowledgeShim]),
        "starting": .to("restarting", ended + [.scheduleRestart]),
        "starting again": .to("restarting", ended + [.scheduleRestart]),
        "running": .to("restarting", ended + [.scheduleRestart]),
        "paused": .to("restarting", ended + [.scheduleRestart]), "exited": .to("exited", [.acknowledgeShim]),
        "restarting": .to("restarting", [.acknowledgeShim]), "removing": .to("removing", ended),
      ]
    ),
    (
      .stopRequested,
      [
        "created": .refused(.notRunning), "failed": .refused(.notRunning), "starting": .refused(.notRunning),
        "starting again": .refused(.notRunning), "running": .to("running", []), "paused": .to("paused", []),
        "exited": .refused(.notRunning), "restarting": .to("exited", [.cancelRestart, .record(event: nil)]),
        "removing": .refused(.removing),
      ]
    ),
    (
      .paused,
      [
        "created": .refused(.notRunning), "failed": .refused(.notRunning), "starting": .refused(.notRunning),
        "starting again": .refused(.notRunning), "running": .to("paused", [.record(event: "pause")]),
        "paused": .refused(.alreadyPaused), "exited": .refused(.notRunning), "restarting": .refused(.notRunning),
        "removing": .refused(.notRunning),
      ]
    ),
    (
      .resumed,
      [
        "created": .refused(.notRunning), "failed": .refused(.notRunning), "starting": .refused(.notRunning),
        "starting again": .refused(.notRunning), "running": .refused(.notPaused),
        "paused": .to("running", [.record(event: "unpause")]), "exited": .refused(.notRunning),
        "restarting": .refused(.notRunning), "removing": .refused(.notRunning),
      ]
    ),
    (
      .restartCancelled,
      [
        "created": .to("created", []), "failed": .to("created", []), "starting": .to("created", []),
        "starting again": .to("created", []), "running": .to("running", []), "paused": .to("paused", []),
        "exited": .to("exited", []),
        "restarting": .to("exited", [.cancelRestart, .record(event: nil), .resolveWaiters]),
        "removing": .to("removing", []),
      ]
    ),
    (
      remove,
      [
        "created": .to("removing", [.record(event: nil), .erase]),
        "failed": .to("removing", [.record(event: nil), .erase]), "starting": .refused(.running),
        "starting again": .refused(.running), "running": .refused(.running), "paused": .refused(.paused),
        "exited": .to("removing", [.record(event: nil), .erase]), "restarting": .refused(.running),
        "removing": .to("removing", [.kill, .erase]),
      ]
    ),
    (
      force,
      [
        "created": .to("removing", [.record(event: nil), .erase]),
        "failed": .to("removing", [.record(event: nil), .erase]), "starting": .refused(.running),
        "starting again": .refused(.running), "running": .to("removing", [.record(event: nil), .kill, .erase]),
        "paused": .to("removing", [.record(event: nil), .kill, .erase]),
        "exited": .to("removing", [.record(event: nil), .erase]),
        "restarting": .to("removing", [.cancelRestart, .record(event: nil), .erase]),
        "removing": .to("removing", [.kill, .erase]),
      ]
    ),
  ]

  @Test func everyInputInEveryState() throws {
    for (input, outcomes) in Self.table {
      #expect(outcomes.count == Sample.states.count)
      for (name, state) in Sample.states {
        var machine = Machine(state: state, autoRemove: false)
        let expected = try #require(outcomes[name], "\(input) in \(name) is not in the table")
        do {
          let actions = try machine.handle(input)
          guard case .to(let status, let wanted) = expected else {
            Issue.record("\(input) in \(name) is not refused")
            continue
          }
          #expect(machine.state.status == status, "\(input) in \(name)")
          #expect(actions == wanted, "\(input) in \(name)")
        } catch {
          guard case .refused(let reason) = expected else {
            Issue.record("\(input) in \(name) is refused: \(error.reason)")
            continue
          }
          #expect(error.reason == reason, "\(input) in \(name)")
          #expect(machine.state.status == state.status, "a refusal changes nothing: \(input) in \(name)")
        }
      }
    }
  }

  /// A crash between two actions must not forget what the first ones did: the network goes before the record that no
  /// longer knows of it, and the shim forgets its exit status once the record holds it.
  @Test func orderOfActions() {
    for (input, _) in Self.table {
      for (name, state) in Sample.states {
        for autoRemove in [false, true] {
          var machine = Machine(state: state, autoRemove: autoRemove)
          guard let actions = try? machine.handle(input) else { continue }
          func position(_ match: (Machine.Action) -> Bool) -> Int? { actions.firstIndex(where: match) }
          let record = position(\.isRecord)
          for later in [
            Machine.Action.launch, .confirmStart, .acknowledgeShim, .resolveWaiters, .scheduleRestart, .erase,
            .autoRemove,
          ] {
            if let record, let at = position({ $0 == later }) {
              #expect(record < at, "\(later) of \(input) in \(name)")
            }
          }
          if let record, let release = position({ $0 == .releaseNetwork }) { #expect(release < record) }
          #expect(actions.count(where: \.isRecord) <= 1)
        }
      }
    }
  }

  @Test(arguments: ["running", "starting"])
  func anEndRemovesByItself(_ name: String) throws {
    var machine = Machine(state: try Sample.state(name), autoRemove: true)
    #expect(try machine.handle(Self.exited) == Self.ended + [.autoRemove])
    machine = Machine(state: try Sample.state(name), autoRemove: true)
    #expect(try machine.handle(Self.exitedAgain).last == .scheduleRestart, "a restart comes before --rm")
  }

  @Test func aFailedStartRemovesByItself() throws {
    var machine = Machine(state: try Sample.state("starting"), autoRemove: true)
    #expect(try machine.handle(Self.failed) == Self.notStarted + [.autoRemove])
  }

  @Test func theExitIsKept() throws {
    var machine = Machine(state: try Sample.state("running"), autoRemove: false)
    _ = try machine.handle(Self.exited)
    let exit = try #require(machine.state.exit)
    #expect(exit.code == 137 && exit.signal == 9 && exit.oomKilled)
    #expect(exit.finishedAt.nanosecondsSince1970 == Sample.status.finishedAt)
    _ = try machine.handle(Self.start)
    #expect(machine.state.exit?.code == 137, "until the next run has started")
    _ = try machine.handle(Self.started)
    #expect(machine.state.running?.previousFinish == exit.finishedAt)
    #expect(machine.state.running?.stopRequested == false)
    _ = try machine.handle(.stopRequested)
    #expect(machine.state.running?.stopRequested == true)
  }

  @Test func aFailedStartKeepsTheRunBefore() throws {
    var machine = Machine(state: try Sample.state("starting again"), autoRemove: false)
    _ = try machine.handle(Self.failed)
    #expect(machine.state.exit?.code == 127)
    #expect(machine.state.exit?.error == "no such file")
    #expect(machine.state.exit?.finishedAt == Sample.exit.finishedAt)
  }

  @Test func volumesOnceAskedForStayAskedFor() throws {
    var machine = Machine(state: try Sample.state("exited"), autoRemove: false)
    _ = try machine.handle(Self.remove)
    _ = try machine.handle(.removeRequested(force: true, volumes: false))
    guard case .removing(let removing) = machine.state else {
      Issue.record("not removing")
      return
    }
    #expect(removing.volumes)
    #expect(removing.exit?.code == Sample.exit.code)
  }
}

@Suite struct RestartDecisionTests {
  private func delay(
    _ policy: String?, code: Int32 = 1, requested: Bool = false, count: Int = 0, ranFor: Double = 1, maximum: Int = 0
  ) -> Duration? {
    RestartDecision.delay(
      policy: policy.map { RestartPolicy(name: $0, maximumRetryCount: maximum) }, exitCode: code, requested: requested,
      count: count, ranFor: ranFor)
  }

  @Test func policies() {
    for policy in [nil, "", "no"] { #expect(delay(policy) == nil) }
    for policy in ["always", "unless-stopped"] {
      #expect(delay(policy, code: 0) == .milliseconds(100))
      #expect(delay(policy, requested: true) == nil)
    }
    #expect(delay("on-failure", code: 0) == nil)
    #expect(delay("on-failure", code: 1) == .milliseconds(100))
    #expect(delay("on-failure", count: 2, maximum: 3) == .milliseconds(400))
    #expect(delay("on-failure", count: 3, maximum: 3) == nil)
  }

  @Test func backOff() {
    #expect((0...4).map(RestartDecision.backOff) == [100, 200, 400, 800, 1600].map { .milliseconds($0) })
    #expect(RestartDecision.backOff(count: 1_000_000) == .seconds(60))
    #expect(delay("always", count: 8, ranFor: 10) == .milliseconds(100), "ten seconds begin it anew")
    #expect(delay("always", count: 8, ranFor: 9.9) == .milliseconds(25_600))
  }

  @Test func boot() {
    func starts(_ policy: String?, stopped: Bool, ran: Bool = true) -> Bool {
      RestartDecision.startsAtBoot(policy: policy.map { RestartPolicy(name: $0) }, stoppedByUser: stopped, hasRun: ran)
    }
    #expect(starts("always", stopped: true) && starts("always", stopped: false))
    #expect(!starts("unless-stopped", stopped: true) && starts("unless-stopped", stopped: false))
    #expect(!starts(nil, stopped: false) && !starts("no", stopped: false))
    #expect(!starts("always", stopped: false, ran: false))
  }
}
