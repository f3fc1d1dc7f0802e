public import OCI

/// The devices controller's rules in the two forms that kernels take.
///
/// Meaning in both: for each kind of access that a process asks for, the last rule that matches the device and names
/// that access decides; without one the access is denied.
public enum DeviceRules {
  /// One line for v1's `devices.allow` or `devices.deny`.
  public struct Line: Sendable, Hashable {
    public var allow: Bool
    public var line: String

    public init(allow: Bool, line: String) {
      self.allow = allow
      self.line = line
    }
  }

  /// v1: the rules in order. A rule for every type is written as `a`, which the kernel takes as everything; narrower
  /// numbers with it are spelled as two rules.
  public static func v1(_ rules: [RuntimeDeviceRule]) throws(CgroupError) -> [Line] {
    var lines: [Line] = []
    for rule in rules {
      let access = try letters(rule)
      let numbers = "\(number(rule.major)):\(number(rule.minor))"
      switch try type(rule) {
      case nil where rule.major == nil && rule.minor == nil && access.count == 3:
        lines.append(Line(allow: rule.allow, line: "a *:* rwm"))
      case nil:
        lines.append(Line(allow: rule.allow, line: "c \(numbers) \(access)"))
        lines.append(Line(allow: rule.allow, line: "b \(numbers) \(access)"))
      case .character?: lines.append(Line(allow: rule.allow, line: "c \(numbers) \(access)"))
      case .block?: lines.append(Line(allow: rule.allow, line: "b \(numbers) \(access)"))
      }
    }
    return lines
  }

  /// v2: a BPF_PROG_TYPE_CGROUP_DEVICE program (bpf_cgroup_dev_ctx: access and type, major, minor) that returns 1 to
  /// allow. Rules are tried from the last to the first; register 2 holds the accesses that no rule has decided yet.
  public static func program(_ rules: [RuntimeDeviceRule]) throws(CgroupError) -> [UInt64] {
    var code: [UInt64] = [
      // r2 = access_type >> 16, r3 = access_type & 0xffff, r4 = major, r5 = minor
      BPF.load(2, 1, 0), BPF.move(3, 2), BPF.and(3, 0xFFFF), BPF.shiftRight(2, 16), BPF.load(4, 1, 4),
      BPF.load(5, 1, 8),
    ]
    for rule in rules.reversed() {
      let bits = try accessBits(rule)
      var body: [UInt64]
      if rule.allow {
        body = [BPF.and(2, ~bits), BPF.jumpIfNot(2, 0, 2), BPF.set(0, 1), BPF.exit]
      } else {
        body = [BPF.move(6, 2), BPF.and(6, bits), BPF.jumpIf(6, 0, 2), BPF.set(0, 0), BPF.exit]
      }
      if let minor = rule.minor, minor >= 0 {
        body.insert(BPF.jumpIfNot(5, Int32(truncatingIfNeeded: minor), Int16(body.count)), at: 0)
      }
      if let major = rule.major, major >= 0 {
        body.insert(BPF.jumpIfNot(4, Int32(truncatingIfNeeded: major), Int16(body.count)), at: 0)
      }
      if let type = try type(rule) { body.insert(BPF.jumpIfNot(3, type.rawValue, Int16(body.count)), at: 0) }
      code += body
    }
    return code + [BPF.set(0, 0), BPF.exit]
  }

  /// BPF_DEVCG_DEV_*.
  enum DeviceType: Int32 {
    case block = 1
    case character = 2
  }

  private static func type(_ rule: RuntimeDeviceRule) throws(CgroupError) -> DeviceType? {
    switch rule.type {
    case nil, "", "a": nil
    case "c", "u": .character
    case "b": .block
    case let other?: throw CgroupError("a device rule of type \"\(other)\": a, b or c is meant", errno: 22)
    }
  }

  private static func number(_ value: Int64?) -> String {
    if let value, value >= 0 { "\(value)" } else { "*" }
  }

  private static func letters(_ rule: RuntimeDeviceRule) throws(CgroupError) -> String {
    let access = rule.access.flatMap { $0.isEmpty ? nil : $0 } ?? "rwm"
    guard access.allSatisfy({ "rwm".contains($0) }) else {
      throw CgroupError("a device rule with access \"\(access)\": letters of rwm are meant", errno: 22)
    }
    return access
  }

  /// BPF_DEVCG_ACC_*.
  private static func accessBits(_ rule: RuntimeDeviceRule) throws(CgroupError) -> Int32 {
    var bits: Int32 = 0
    for letter in try letters(rule) {
      switch letter {
      case "m": bits |= 1
      case "r": bits |= 2
      default: bits |= 4
      }
    }
    return bits
  }
}

/// The few eBPF instructions of a device program, 32-bit arithmetic (struct bpf_insn as one little-endian word).
enum BPF {
  static let exit: UInt64 = 0x95

  private static func instruction(_ code: UInt8, _ to: UInt8, _ from: UInt8, _ offset: Int16, _ value: Int32) -> UInt64
  {
    UInt64(code) | UInt64(to | from << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
      | UInt64(UInt32(bitPattern: value)) << 32
  }

  /// to = *(u32 *)(from + offset)
  static func load(_ to: UInt8, _ from: UInt8, _ offset: Int16) -> UInt64 { instruction(0x61, to, from, offset, 0) }
  static func move(_ to: UInt8, _ from: UInt8) -> UInt64 { instruction(0xBC, to, from, 0, 0) }
  static func set(_ to: UInt8, _ value: Int32) -> UInt64 { instruction(0xB4, to, 0, 0, value) }
  static func and(_ to: UInt8, _ value: Int32) -> UInt64 { instruction(0x54, to, 0, 0, value) }
  static func shiftRight(_ to: UInt8, _ value: Int32) -> UInt64 { instruction(0x74, to, 0, 0, value) }
  /// Skips `offset` instructions when the register is `value` (BPF_JMP32).
  static func jumpIf(_ register: UInt8, _ value: Int32, _ offset: Int16) -> UInt64 {
    instruction(0x16, register, 0, offset, value)
  }
  static func jumpIfNot(_ register: UInt8, _ value: Int32, _ offset: Int16) -> UInt64 {
    instruction(0x56, register, 0, offset, value)
  }
}
