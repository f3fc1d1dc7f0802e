import Drivers
import EngineAPI

/// A network: what was asked for, the subnet it got, and the plan that made it.
struct NetworkRecord: Sendable, Codable {
  static let currentVersion = 1
  var version = NetworkRecord.currentVersion
  let id: String
  let name: String
  let driver: String
  let created: Timestamp
  /// As the user wrote them (Docker's long names too).
  let options: [String: String]
  let labels: [String: String]
  let isInternal: Bool
  let attachable: Bool
  let ipamDriver: String
  let subnets: [NetworkRequest.Subnet]
  /// `bridge`, `host` and `none`: they are always there.
  let predefined: Bool
  var applied: AppliedPlan

  /// Whether its containers have a network namespace of their own.
  var hasOwnNamespace: Bool { driver != "host" }
}

/// One container in one network, while its processes live.
struct EndpointRecord: Sendable, Codable {
  static let currentVersion = 1
  var version = EndpointRecord.currentVersion
  let id: String
  let network: String
  let container: String
  let interface: String
  /// With the subnet's prefix length.
  let address: String?
  let gateway: String?
  let mac: String?
  let settings: EndpointSettings
  var applied: AppliedPlan
}
