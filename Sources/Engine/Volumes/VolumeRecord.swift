import Drivers
import EngineAPI
import JSON

/// A volume: its plan, and what the user said of it.
struct VolumeRecord: Sendable, Codable {
  static let currentVersion = 1
  var version = VolumeRecord.currentVersion
  let name: String
  let driver: String
  let created: Timestamp
  let options: [String: String]
  let labels: [String: String]
  let anonymous: Bool
  var applied: AppliedPlan

  /// The directory with its content on the host.
  var path: String? { applied.result["path"]?.stringValue }
}
