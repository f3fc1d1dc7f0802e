import Cgroups
import OCI
import Testing

@Suite struct DeviceRulesTests {
  /// Docker's shape: nothing, then what every container has, then one device more, then a part of it taken away.
  private let rules = [
    RuntimeDeviceRule(allow: false, access: "rwm"),
    RuntimeDeviceRule(allow: true, type: "c", access: "m"),
    RuntimeDeviceRule(allow: true, type: "c", major: 1, minor: 3, access: "rwm"),
    RuntimeDeviceRule(allow: true, type: "c", major: 136, access: "rwm"),
    RuntimeDeviceRule(allow: true, type: "b", major: 8, minor: 0, access: "rw"),
    RuntimeDeviceRule(allow: false, type: "b", major: 8, minor: 0, access: "w"),
  ]

  @Test func v1LinesFollowTheRules() throws {
    #expect(
      try DeviceRules.v1(rules) == [
        .init(allow: false, line: "a *:* rwm"), .init(allow: true, line: "c *:* m"),
        .init(allow: true, line: "c 1:3 rwm"), .init(allow: true, line: "c 136:* rwm"),
        .init(allow: true, line: "b 8:0 rw"), .init(allow: false, line: "b 8:0 w"),
      ])
  }

  @Test func aPartialRuleForAllTypesIsTwoLines() throws {
    let lines = try DeviceRules.v1([RuntimeDeviceRule(allow: true, type: "a", major: 5, access: "r")])
    #expect(lines.map(\.line) == ["c 5:* r", "b 5:* r"])
  }

  @Test(arguments: ["x", "cb"]) func anUnknownTypeIsRefused(type: String) {
    #expect(throws: CgroupError.self) { try DeviceRules.program([RuntimeDeviceRule(allow: true, type: type)]) }
    #expect(throws: CgroupError.self) { try DeviceRules.v1([RuntimeDeviceRule(allow: true, access: type)]) }
  }

  /// read 2, write 4, mknod 1; block 1, char 2.
  @Test(arguments: [
    (2, 6, 1, 3, true), (2, 7, 1, 3, true), (2, 2, 1, 5, false), (2, 1, 1, 5, true), (2, 3, 1, 5, false),
    (2, 6, 136, 77, true), (1, 2, 8, 0, true), (1, 4, 8, 0, false), (1, 6, 8, 0, false), (1, 1, 8, 0, false),
    (1, 2, 8, 1, false), (1, 1, 7, 0, false),
  ])
  func theProgramDecidesAsTheRulesSay(type: UInt32, access: UInt32, major: UInt32, minor: UInt32, allowed: Bool) throws
  {
    let machine = DeviceMachine(program: try DeviceRules.program(rules))
    #expect(machine.run(type: type, access: access, major: major, minor: minor) == (allowed ? 1 : 0))
  }

  @Test func everyCombinationAgreesWithTheRulesReadOneByOne() throws {
    let machine = DeviceMachine(program: try DeviceRules.program(rules))
    for type: UInt32 in 1...2 {
      for access: UInt32 in 1...7 {
        for major: UInt32 in [0, 1, 8, 136] {
          for minor: UInt32 in [0, 3, 9] {
            let got = machine.run(type: type, access: access, major: major, minor: minor)
            let wanted = reference(type, access, major, minor) ? 1 : 0
            #expect(got == UInt32(wanted), "type \(type) access \(access) device \(major):\(minor)")
          }
        }
      }
    }
  }

  private func reference(_ type: UInt32, _ access: UInt32, _ major: UInt32, _ minor: UInt32) -> Bool {
    for (bit, letter) in [(UInt32(1), Character("m")), (2, "r"), (4, "w")] where access & bit != 0 {
      let last = rules.last { rule in
        (rule.type == nil || rule.type == (type == 1 ? "b" : "c")) && (rule.major ?? Int64(major)) == Int64(major)
          && (rule.minor ?? Int64(minor)) == Int64(minor) && (rule.access ?? "rwm").contains(letter)
      }
      if last?.allow != true { return false }
    }
    return true
  }
}

/// Interprets the instructions that a device program consists of.
private struct DeviceMachine {
  var program: [UInt64]

  func run(type: UInt32, access: UInt32, major: UInt32, minor: UInt32) -> UInt32? {
    var registers = [UInt32](repeating: 0, count: 11)
    let context = [access << 16 | type, major, minor]
    var next = 0
    for _ in 0..<10_000 {
      guard program.indices.contains(next) else { return nil }
      let word = program[next]
      let (code, target, source) = (UInt8(word & 0xFF), Int(word >> 8 & 0xF), Int(word >> 12 & 0xF))
      let offset = Int(Int16(bitPattern: UInt16(word >> 16 & 0xFFFF)))
      let value = UInt32(word >> 32)
      next += 1
      switch code {
      case 0x61: registers[target] = context[offset / 4]
      case 0xBC: registers[target] = registers[source]
      case 0xB4: registers[target] = value
      case 0x54: registers[target] &= value
      case 0x74: registers[target] >>= value
      case 0x16: if registers[target] == value { next += offset }
      case 0x56: if registers[target] != value { next += offset }
      case 0x95: return registers[0]
      default: return nil
      }
    }
    return nil
  }
}
