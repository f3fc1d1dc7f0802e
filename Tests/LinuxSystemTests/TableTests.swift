import Testing

@testable import LinuxSystem

@Suite("Names and numbers")
struct TableTests {
  @Test(
    "signals as Docker's kill takes them",
    arguments: [
      ("9", 9), ("KILL", 9), ("SIGKILL", 9), ("sigterm", 15), ("RTMIN", 34), ("RTMIN+3", 37), ("SIGRTMAX-1", 63),
      ("RTMAX", 64),
      ("IOT", 6), ("64", 64),
    ])
  func signals(_ text: String, _ number: Int32) { #expect(Signal(text)?.rawValue == number) }

  @Test("what is no signal", arguments: ["", "0", "65", "-9", "SIG", "NOPE", "RTMIN+16", "RTMAX-15", "KILL9"])
  func noSignals(_ text: String) { #expect(Signal(text) == nil) }

  @Test("signal names")
  func signalNames() {
    #expect(Signal.terminate.name == "SIGTERM")
    #expect(Signal(36).name == "SIGRTMIN+2")
  }

  @Test("exit codes")
  func exitCodes() {
    #expect(WaitStatus.exited(code: 3).exitCode == 3)
    #expect(WaitStatus.signalled(.kill, coreDumped: false).exitCode == 137)
  }

  @Test("capabilities by name")
  func capabilities() {
    #expect(CapabilitySet(name: "CAP_NET_ADMIN")?.rawValue == 1 << 12)
    #expect(CapabilitySet(name: "sys_admin") == .sysAdmin)
    #expect(CapabilitySet(name: "CAP_NOPE") == nil)
    #expect(CapabilitySet(names: ["CAP_KILL", "CAP_NEWER_THAN_US", "CHOWN"]).names == ["CAP_CHOWN", "CAP_KILL"])
    #expect(CapabilitySet.named.names.count == 41)
    #expect(Capabilities.last() >= 40)
  }

  @Test("resource limits by name")
  func limits() {
    #expect(ResourceLimit(name: "RLIMIT_NOFILE") == .openFiles)
    #expect(ResourceLimit(name: "nproc") == .processes)
    #expect(ResourceLimit(name: "RLIMIT_NOPE") == nil)
    #expect(ResourceLimit.allCases.allSatisfy { ResourceLimit(name: $0.name) == $0 })
  }
}

@Suite("user[:group]")
struct UserLookupTests {
  let lookup = UserLookup(
    passwd: Array(
      """
      root:x:0:0:root:/root:/bin/sh
      # a comment
      broken line
      web:x:33:34:Web:/var/www:/bin/sh
      1000:x:77:78::/home/odd:/bin/sh
      nohome:x:5:6::
      """.utf8),
    group: Array(
      """
      root:x:0:
      www:x:34:
      extra:x:50:web,root
      more:x:51:other,web
      """.utf8))

  @Test(
    "resolves as Docker does",
    arguments: [
      ("", 0, 0, [50], "/root"), ("root", 0, 0, [50], "/root"), ("web", 33, 34, [50, 51], "/var/www"),
      ("33", 33, 34, [50, 51], "/var/www"), ("web:extra", 33, 50, [], "/var/www"), ("web:9", 33, 9, [], "/var/www"),
      ("4242", 4242, 0, [], "/"), ("4242:more", 4242, 51, [], "/"),
      // A user whose *name* is a number comes before the number.
      ("1000", 77, 78, [], "/home/odd"), ("nohome", 5, 6, [], "/"),
    ] as [(String, UInt32, UInt32, [UInt32], String)])
  func resolves(_ text: String, _ uid: UInt32, _ gid: UInt32, _ groups: [UInt32], _ home: String) throws {
    let identity = try lookup.resolve(text)
    #expect(identity == .init(uid: uid, gid: gid, supplementaryGroups: groups, home: home))
  }

  @Test(
    "refuses with Docker's words",
    arguments: [
      ("nobody", "unable to find user nobody: no matching entries in passwd file"),
      ("web:none", "unable to find group none: no matching entries in group file"),
      ("2147483648", "user 2147483648: numbers must be between 0 and 2147483647"),
    ])
  func refuses(_ text: String, _ message: String) {
    let failure = #expect(throws: UserLookup.Failure.self) { try lookup.resolve(text) }
    #expect(failure?.description == message)
  }

  @Test("further groups by name and number")
  func additional() throws {
    #expect(try lookup.resolve("web", additionalGroups: ["www", "7"]).supplementaryGroups == [50, 51, 34, 7])
  }
}
