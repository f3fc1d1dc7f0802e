import Addresses
import CLinux
import JSON
import LinuxSystem
import Plans

extension PortStep: StepPerformer {
  func apply(_ site: Site, _ context: StepContext) throws -> StepRecord {
    let text = try address.get()
    guard let address = IPAddress(text) else { throw PlanFailure(.invalid, "\"\(text)\" is no address") }
    let shown = address.family == .v6 ? "[\(address)]" : "\(address)"
    for candidate in port...(last ?? port) {
      let held = ReservedSocket.name(transport.rawValue, "\(address)", candidate)
      if context.sites.heldPorts.contains(held) { return record(candidate, address, made: true) }
      switch bind(address, candidate) {
      case .success(let socket):
        let chosen = candidate == 0 ? Int(try check(cl_bound_port(socket.rawValue), "read the bound port")) : candidate
        context.reserved.append(
          ReservedSocket(
            OwnedDescriptor(owning: socket.rawValue),
            name: ReservedSocket.name(transport.rawValue, "\(address)", chosen)))
        return record(chosen, address, made: true)
      case .failure(.addressInUse): continue
      case .failure(.addressNotAvailable):
        throw PlanFailure(
          .invalid,
          "Bind for \(shown):\(candidate) failed: cannot assign requested address (no interface has \(address))")
      case .failure(let errno):
        throw PlanFailure(.kernel, "Bind for \(shown):\(candidate) failed: \(errno)")
      }
    }
    guard let last, last > port else {
      throw PlanFailure(.portTaken, "Bind for \(shown):\(port) failed: port is already allocated")
    }
    throw PlanFailure(.portTaken, "Bind for \(shown):\(port)-\(last) failed: all ports are allocated")
  }

  private enum Bound {
    case success(RawSocket)
    case failure(Errno)
  }
  private struct RawSocket { let rawValue: Int32 }

  /// Without SO_REUSEADDR: nobody else can then bind the port, listening or not. Where only connections in TIME_WAIT
  /// are in the way the second attempt succeeds; a listener or another reservation refuses that too.
  private func bind(_ address: IPAddress, _ port: Int) -> Bound {
    let (type, number): (Int32, Int32) =
      switch transport {
      case .tcp: (Int32(CL_SOCK_STREAM), 6)
      case .udp: (Int32(CL_SOCK_DGRAM), 17)
      case .sctp: (Int32(CL_SOCK_STREAM), 132)
      }
    var result = cl_bound_socket(type, number, address.bytes, address.bytes.count, UInt16(port), 0)
    if result == -Errno.addressInUse.rawValue, transport == .tcp {
      result = cl_bound_socket(type, number, address.bytes, address.bytes.count, UInt16(port), 1)
    }
    return result < 0 ? .failure(Errno(-result)) : .success(RawSocket(rawValue: result))
  }

  private func record(_ port: Int, _ address: IPAddress, made: Bool) -> StepRecord {
    StepRecord(
      made: made,
      result: [
        "port": .integer(Int64(port)), "address": .string("\(address)"), "protocol": .string(transport.rawValue),
      ])
  }

  /// The reservation ends with its socket, which the shim holds.
  func undo(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws {}

  func compare(_ site: Site, _ record: StepRecord?, _ context: StepContext) throws -> Comparison {
    guard let port = record?.result["port"]?.integerValue else { return .missing }
    let name = ReservedSocket.name(transport.rawValue, try address.get(), Int(port))
    return context.sites.heldPorts.contains(name) ? .equal : .missing
  }
}
