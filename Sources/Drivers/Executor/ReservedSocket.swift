public import LinuxSystem

/// A bound socket that reserves a published port as long as it is open. The shim keeps a copy while the container runs.
public final class ReservedSocket: Sendable {
  public let descriptor: OwnedDescriptor
  /// "tcp 0.0.0.0:8080"
  public let name: String

  init(_ descriptor: consuming OwnedDescriptor, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  /// The name of a port's reservation.
  public static func name(_ transport: String, _ address: String, _ port: Int) -> String {
    "\(transport) \(address):\(port)"
  }
}
