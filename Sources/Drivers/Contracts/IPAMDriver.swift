/// Proposes addresses. Pure; the engine's allocator claims what was proposed atomically, and asks again with a longer
/// `taken` when another was faster.
public protocol IPAMDriver: Sendable {
  /// CIDR: the address with its subnet's prefix length. Throws where the subnet is full or `wanted` is not free.
  func address(_ request: AddressRequest) async throws -> String
}

public struct AddressRequest: Codable, Sendable, Hashable {
  /// CIDR.
  public var subnet: String
  /// CIDR; the part of the subnet from which to choose.
  public var range: String?
  /// Addresses that are in use, the gateway among them.
  public var taken: [String]
  /// The address that the user asked for.
  public var wanted: String?
  /// The network's labels.
  public var labels: [String: String]

  public init(
    subnet: String, range: String? = nil, taken: [String] = [], wanted: String? = nil, labels: [String: String] = [:]
  ) {
    self.subnet = subnet
    self.range = range
    self.taken = taken
    self.wanted = wanted
    self.labels = labels
  }
}
